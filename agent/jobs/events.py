"""What the job engine tells while a job runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent.domain.errors import EplusError
from agent.jobs.load_profiles.row_keeper import Fetched
from agent.procedures.dialogue import Step
from agent.store.jobs import JobRecord


@dataclass(frozen=True)
class LogEntry:
    """A line of the communication log; `expert` lines are frames and APDUs."""

    at: datetime
    text: str
    expert: bool


@dataclass(frozen=True)
class Events:
    """Callbacks. `progress` comes with every step and change of state; `log` with True at a job's start.

    `unsaved` comes instead of the progress of a settled job, where the outcome could not be kept. `fetched` comes with
    every batch of a load profile's rows.
    """

    progress: Callable[[JobRecord, Step | None], None]
    unsaved: Callable[[JobRecord, EplusError], None]
    log: Callable[[list[LogEntry], bool], None]
    fetched: Callable[[JobRecord, Fetched], None] = lambda _record, _fetched: None
