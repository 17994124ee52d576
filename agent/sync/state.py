"""What others see of the sync."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agent.domain.errors import EplusError
from agent.domain.exchange import User


@dataclass(frozen=True)
class Trouble:
    """An error as words need it."""

    code: str
    params: dict[str, str | int] = field(default_factory=dict)
    retryable: bool = False

    @classmethod
    def of(cls, error: EplusError) -> "Trouble":
        return cls(error.code, dict(error.params), error.retryable)


@dataclass(frozen=True)
class LoggedIn:
    """`offline`: let in by this tablet within SMM's grant, without SMM; there is no session to send with."""

    user: User
    offline: bool
    offline_until: datetime


@dataclass(frozen=True)
class SyncState:
    """`online` is None until SMM was looked for. `done`/`total` count envelopes of the sync that runs, or of
    the last one; `drift_s` is tablet time minus SMM time in whole seconds."""

    online: bool | None = None
    running: bool = False
    done: int = 0
    total: int = 0
    waiting: int = 0
    refused: int = 0
    meters: int = 0
    last_at: datetime | None = None
    drift_s: int | None = None
    error: Trouble | None = None


class SyncStateHolder:
    """Holds the state, and tells `on_change` of every change of it."""

    def __init__(self) -> None:
        self.state = SyncState()
        self.on_change: Callable[[SyncState], None] = lambda _state: None

    def show(self, **changes: Any) -> None:
        changed = replace(self.state, **changes)
        if changed != self.state:
            self.state = changed
            self.on_change(changed)


def drift_seconds(asked_at: datetime, answered_at: datetime, server_time: datetime) -> int:
    """Tablet minus SMM, in whole seconds: SMM is taken to have answered halfway between the two."""
    halfway = asked_at + (answered_at - asked_at) / 2
    return round((halfway - server_time).total_seconds())
