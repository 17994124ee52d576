"""The state that every page mirrors: one snapshot, then numbered changes to all who watch."""

import queue
import threading
from collections.abc import Iterable

from agent.api.jobs import JobInfo, LogLine
from agent.api.message import Empty
from agent.api.orders import OrderInfo
from agent.api.probes import LinkState
from agent.api.rpc import method
from agent.api.sessions import UserInfo
from agent.api.state import (
    JobChange,
    LinkChange,
    LogChange,
    OrdersChange,
    PageState,
    PendingChange,
    Snapshot,
    StateChange,
    SyncChange,
    UserChange,
)
from agent.api.sync import SyncInfo

LOG_LINES_KEPT = 500
LOG_LETTERS_IN_A_SNAPSHOT = 10_000
"""So much of the log's end; a page that was there from the beginning has it all."""
UNREAD_MESSAGES_KEPT = 1000
_LETTERS_AROUND = 60  # moment and marks of a line as JSON


class Outlet:
    """What waits to be sent to one page: text messages in order, then None when there is no more.

    A page that does not read loses changes, never memory: it sees the gap in the numbers and asks again.
    """

    def __init__(self) -> None:
        self._messages: queue.Queue[str | None] = queue.Queue(UNREAD_MESSAGES_KEPT)

    def put(self, message: str) -> None:
        """Hands a message to the page; one that does not fit any more is dropped."""
        try:
            self._messages.put_nowait(message)
        except queue.Full:
            return

    def close(self) -> None:
        """Ends the outlet, whatever still waits in it."""
        while True:
            try:
                self._messages.put_nowait(None)
                return
            except queue.Full:
                self._drop_oldest()

    def get(self, seconds: float | None = None) -> str | None:
        """The next message; waits for it. None means closed.

        Raises:
            TimeoutError: none came within so many seconds.
        """
        try:
            return self._messages.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def _drop_oldest(self) -> None:
        try:
            self._messages.get_nowait()
        except queue.Empty:
            return


class Hub:
    """Owns the state; every method may be called from any thread."""

    def __init__(self, state: PageState) -> None:
        self._state = state
        self._seq = 0
        self._outlets: set[Outlet] = set()
        self._lock = threading.Lock()

    def watch(self) -> Outlet:
        """An outlet that has the snapshot, and gets every change from now on."""
        outlet = Outlet()
        with self._lock:
            outlet.put(notification("snapshot", self._snapshot()))
            self._outlets.add(outlet)
        return outlet

    def leave(self, outlet: Outlet) -> None:
        """Takes the outlet of a page that is gone."""
        with self._lock:
            self._outlets.discard(outlet)
        outlet.close()

    def close(self) -> None:
        """Ends every outlet."""
        for outlet in list(self._outlets):
            self.leave(outlet)

    @method("snapshot.get")
    async def get_snapshot(self, _: Empty) -> Snapshot:
        """For a page that missed a change."""
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        """A copy of the state as it is now."""
        with self._lock:
            return self._snapshot().model_copy(deep=True)

    def user(self, value: UserInfo | None) -> None:
        """The user has changed."""
        with self._lock:
            self._state.user = value
            self._tell(UserChange(seq=self._next(), value=value))

    def link(self, value: LinkState) -> None:
        """The way to the probe has changed."""
        with self._lock:
            self._state.link = value
            self._tell(LinkChange(seq=self._next(), value=value))

    def job(self, value: JobInfo | None) -> None:
        """The running job has changed."""
        with self._lock:
            self._state.job = value
            self._tell(JobChange(seq=self._next(), value=value))

    def pending(self, value: list[JobInfo]) -> None:
        """What waits for SMM has perhaps changed."""
        with self._lock:
            if value == self._state.pending:
                return
            self._state.pending = value
            self._tell(PendingChange(seq=self._next(), value=value))

    def orders(self, value: list[OrderInfo]) -> None:
        """The work orders of this tablet have perhaps changed."""
        with self._lock:
            if value == self._state.orders:
                return
            self._state.orders = value
            self._tell(OrdersChange(seq=self._next(), value=value))

    def sync(self, value: SyncInfo) -> None:
        """The way to SMM has changed."""
        with self._lock:
            self._state.sync = value
            self._tell(SyncChange(seq=self._next(), value=value))

    def log(self, lines: Iterable[LogLine], reset: bool = False) -> None:
        """New lines; `reset` empties the log before them."""
        with self._lock:
            new = list(lines)
            kept = [] if reset else self._state.log
            self._state.log = [*kept, *new][-LOG_LINES_KEPT:]
            self._tell(LogChange(seq=self._next(), reset=reset, lines=new))

    def _snapshot(self) -> Snapshot:
        return Snapshot(seq=self._seq, state=self._state.model_copy(update={"log": _end_of(self._state.log)}))

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _tell(self, change: StateChange) -> None:
        message = notification("change", change)
        for outlet in self._outlets:
            outlet.put(message)


def _end_of(log: list[LogLine]) -> list[LogLine]:
    left, first = LOG_LETTERS_IN_A_SNAPSHOT, len(log)
    while first > 0 and (left := left - len(log[first - 1].text) - _LETTERS_AROUND) > 0:
        first -= 1
    return log[first:]


def notification(method: str, params: Snapshot | StateChange) -> str:
    """A JSON-RPC notification from the agent to the page."""
    return f'{{"jsonrpc":"2.0","method":"{method}","params":{params.model_dump_json()}}}'
