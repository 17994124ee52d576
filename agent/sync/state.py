"""The state of the synchronisation as the page sees it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from agent.domain.errors import CentralError, EplusError, ErrorParams, LoginRefused, SmmUnreachable
from agent.store import Store, directory, outbox, settings
from agent.store.moments import from_optional
from agent.store.reserve import room_for_jobs
from agent.store.settings import Setting
from agent.sync.tablet_time import TabletTime
from agent.sync.tls import NO_PROOF

_ELSEWHERE = ("smm-portal", *NO_PROOF)
_WORTH_TELLING = (*_ELSEWHERE, "smm-busy")
"""What can be done about the way to SMM. That there is no network shows without an error."""


@dataclass(frozen=True)
class ErrorFacts:
    """An error as a value: its code, the parameters of its message, and whether trying again may help."""

    code: str
    params: ErrorParams = field(default_factory=dict)
    retryable: bool = False

    @classmethod
    def of(cls, error: EplusError) -> "ErrorFacts":
        """The facts of `error`, without its traceback."""
        return cls(error.code, dict(error.params), error.retryable)


@dataclass(frozen=True)
class SyncState:
    """`online` is None until SMM has been looked for. `password_needed`: who is logged in has no session with SMM, and
    has to give the password for one; they go on working meanwhile. `done` and `total` count the envelopes of the
    current run, or of the last one; `drift_s` is tablet time minus SMM time in whole seconds, and
    `clock` what is wrong with the tablet's. `notices` is what the technician has to know of the tablet's memory."""

    online: bool | None = None
    password_needed: bool = False
    running: bool = False
    done: int = 0
    total: int = 0
    waiting: int = 0
    refused: int = 0
    meters: int = 0
    last_at: datetime | None = None
    drift_s: int | None = None
    clock: ErrorFacts | None = None
    error: ErrorFacts | None = None
    notices: tuple[ErrorFacts, ...] = ()


_LOST_SHOWN = 10


class StatePublisher:
    """Holds the current state, and calls `on_change` with each new one; never while it is being made."""

    def __init__(self, store: Store, time: TabletTime, on_change: Callable[[SyncState], None]) -> None:
        self._store = store
        self._time = time
        self._on_change = on_change
        self._state = self._with_meters(self._with_counts(SyncState()))
        self._is_of_the_way = False  # the error shown: it is over as soon as SMM is seen again

    @property
    def state(self) -> SyncState:
        """The state now."""
        return self._state

    def refresh(self) -> None:
        """Reads again from the store what waits, what was refused, the clock drift and the last run."""
        self._publish(self._with_counts(self._state))

    def refresh_meters(self) -> None:
        """Counts the meters of the directory again."""
        self._publish(self._with_meters(self._state))

    def repeat(self) -> None:
        """Publishes the state as it is: something else that the listener shows has changed."""
        self._on_change(self._state)

    def looked(self, error: CentralError | None) -> None:
        """SMM has been looked for: it is there, or it is not, or somebody else is there in its place."""
        if error is None:
            settled = self._is_of_the_way
            self._is_of_the_way = False
            self._publish(replace(self._state, online=True, error=None if settled else self._state.error))
        elif error.code in _WORTH_TELLING:
            self._is_of_the_way = _passes_with_the_way(error)
            self._publish(replace(self._state, online=False, error=ErrorFacts.of(error)))
        else:
            self._publish(replace(self._state, online=False))

    def set_password_needed(self, needed: bool) -> None:
        """The user who is logged in has to give the password for a session with SMM, or no longer has to."""
        self._publish(replace(self._state, password_needed=needed))

    def session_opened(self) -> None:
        """SMM has let the user in, which settles an earlier error."""
        self._publish(replace(self._state, online=True, error=None))

    def run_started(self) -> None:
        """A run begins: it has all to send that waits now."""
        self.refresh()
        self._publish(replace(self._state, running=True, done=0, total=self._state.waiting, error=None))

    def receipts_recorded(self, count: int) -> None:
        """SMM has answered for `count` more envelopes of this run."""
        done = self._state.done + count
        self._publish(replace(self._state, done=done, total=max(done, self._state.total)))
        self.refresh()

    def run_ended(self) -> None:
        """The run is over, with success or without."""
        self.refresh()
        self._publish(replace(self._state, running=False))

    def failed(self, error: EplusError) -> None:
        """Shows the error; SMM counts as online if the error is an answer of its own."""
        self._is_of_the_way = _passes_with_the_way(error)
        online = self._state.online
        if isinstance(error, CentralError) and not isinstance(error, LoginRefused):
            online = not isinstance(error, SmmUnreachable) and error.code not in _ELSEWHERE
        self._publish(replace(self._state, online=online, error=ErrorFacts.of(error)))

    def _with_counts(self, state: SyncState) -> SyncState:
        wrong = self._time.warning()
        with self._store.read() as db:
            return replace(
                state,
                drift_s=self._time.drift_s,
                clock=None if wrong is None else ErrorFacts(*wrong),
                waiting=outbox.count_waiting(db),
                refused=outbox.count_refused(db),
                last_at=from_optional(settings.get(db, Setting.LAST_SYNC)),
                notices=tuple(_notices(self._store)),
            )

    def _with_meters(self, state: SyncState) -> SyncState:
        with self._store.read() as db:
            return replace(state, meters=directory.count(db))

    def _publish(self, state: SyncState) -> None:
        if state != self._state:
            self._state = state
            self._on_change(state)


def _notices(store: Store) -> Iterator[ErrorFacts]:
    report = store.report
    if report is not None:
        yield ErrorFacts("storage-rescued", {"saved": report.saved["jobs"], "lost": len(report.lost)})
        known = dict.fromkeys(f"{row.activity or '?'} {row.serial}" for row in report.lost if row.serial)
        if known:
            yield ErrorFacts("storage-lost", {"which": ", ".join([*known][:_LOST_SHOWN])})
    room = room_for_jobs(store.folder)
    if room is not None:
        yield ErrorFacts("storage-little-room", {"jobs": room})


def _passes_with_the_way(error: EplusError) -> bool:
    """Whether the error is over when SMM is seen again; not where somebody answers as SMM and has other keys."""
    if isinstance(error, SmmUnreachable) or error.code in ("smm-portal", "smm-busy"):
        return True
    return error.code in NO_PROOF and error.params.get("status") == 0
