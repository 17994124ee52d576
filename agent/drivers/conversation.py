"""Carries octets between one session and its link, and what the two say between them and a procedure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from agent.dlms import (
    ActionResults,
    AttributeDescriptor,
    ClientSession,
    DataAccessResult,
    Event,
    Failed,
    GetResult,
    Opened,
    Rows,
    RowsEnd,
    SetResult,
    Traced,
)
from agent.dlms.xdlms.common import Result
from agent.domain.clock import Clock
from agent.domain.errors import LocalProtocolError, RemoteProtocolError, RemoteRefusal, SecurityBroken
from agent.drivers.memory import ONE_BY_ONE, MeterMemory
from agent.link import Link
from agent.procedures.dialogue import (
    Answer,
    Evidence,
    Keep,
    Pause,
    Read,
    ReadRows,
    Recall,
    Remark,
    Reply,
    Request,
    Step,
    TakeRows,
    Write,
    Written,
)

E = TypeVar("E", bound=Event)

LISTS_REFUSED = "The meter does not answer lists; reading one by one"
OCTETS_BETWEEN_NEWS = 2048
_NO_FAULT_OF_LISTS = ("connection-ended", "sequence-wrong")
"""Codes of errors that may meet any request."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds allowed for each kind of exchange, repetitions included: from its beginning, and again from each time
    that the meter is heard; see `ExchangeRunner`."""

    opening: float = 10.0
    request: float = 30.0
    rows: float = 120.0
    closing: float = 3.0
    sign_on: float = 10.0
    readout: float = 120.0
    listening: float = 15.0


@dataclass(frozen=True)
class Watcher:
    """Callbacks for steps, lines of the communication log, lines for experts (frames, APDUs), and associations."""

    step: Callable[[Step], None]
    log: Callable[[str], None]
    expert: Callable[[str], None]
    opened: Callable[[Opened], None] = lambda _: None


class Journal(Protocol):
    """Records on disk that a change is about to be sent."""

    async def sent(self, evidence: Evidence, /) -> None:
        """Returns once the record is on disk. Raises StoreError if that fails; then nothing may be sent."""


class NoJournal:
    """For tasks that change nothing: here a change is a fault of this program."""

    async def sent(self, _evidence: Evidence) -> None:
        """Raises: LocalProtocolError, always."""
        raise LocalProtocolError("a change without a journal")


NO_JOURNAL = NoJournal()


class _Progress:
    """Tells of a long value while it comes in."""

    def __init__(self, step: Step, watcher: Watcher) -> None:
        self._step, self._watcher = step, watcher
        self._next = OCTETS_BETWEEN_NEWS

    def note(self, octets: int) -> None:
        if octets >= self._next:
            self._next = octets + OCTETS_BETWEEN_NEWS
            step = replace(self._step, octets=octets)
            self._watcher.log(str(step))
            self._watcher.step(step)


class Conversation:
    """One session over its link: it answers what a procedure asks for."""

    def __init__(
        self,
        session: ClientSession,
        link: Link,
        clock: Clock,
        watcher: Watcher,
        timeouts: Timeouts,
        journal: Journal,
        memory: MeterMemory,
    ) -> None:
        self.session, self.clock, self.watcher, self.timeouts = session, clock, watcher, timeouts
        self._link, self._journal, self._memory = link, journal, memory
        self._progress: _Progress | None = None

    async def open(self) -> None:
        """Connects and associates, the first time or again."""
        now = self.clock.monotonic()
        self.session.open(now, now + self.timeouts.opening)
        self.watcher.opened(await self.until(Opened))
        if await self._memory.recall(ONE_BY_ONE, None) is not None:
            self.session.lists.are_refused = True

    async def answer(self, request: Request) -> Reply:
        """Carries one request of a procedure out."""
        match request:
            case Read():
                return await self._read(request)
            case ReadRows():
                return await self._read_rows(request)
            case Write():
                return await self.write(request)
            case Recall():
                return await self._memory.recall(request.what, request.kind)
            case Keep():
                await self._memory.keep(request.what, request.kind, request.content)
            case Pause():
                await self.clock.sleep(request.seconds)
            case Remark():
                self.watcher.log(request.text)
            case Step():
                self.watcher.log(str(request))
                self.watcher.step(request)
        return None

    async def _read(self, request: Read) -> Answer:
        lists = self.session.lists
        knew = lists.are_refused
        self._progress = None if request.told_as is None else _Progress(request.told_as, self.watcher)
        try:
            values = await self._values(request)
        except RemoteRefusal as refusal:
            if refusal.code != RemoteRefusal.default_code or request.as_it_is:
                raise
            self.watcher.expert(f"← {refusal.detail}")
            values = (DataAccessResult.OTHER_REASON,) * len(request.attributes)
        finally:
            self._progress = None
        if lists.are_refused and not knew:
            self.watcher.log(LISTS_REFUSED)
            await self._memory.keep(ONE_BY_ONE, None, b"1")
        return Answer(values, self.clock.now())

    async def _values(self, request: Read) -> tuple[Result, ...]:
        """Once more where a list was not answered at all: in a new connection, and one by one. Reads alone may be
        repeated."""
        lists, is_list = self.session.lists, len(request.attributes) > 1
        try:
            return await self._get(request)
        except RemoteProtocolError as error:
            self.watcher.expert(f"← {error.code}")
            is_lists_fault = (
                is_list and not request.as_it_is and not lists.are_refused and error.code not in _NO_FAULT_OF_LISTS
            )
            if isinstance(error, SecurityBroken) or not (request.may_fail or is_lists_fault):
                raise
        await self.open()
        if not is_list:
            return (DataAccessResult.OTHER_REASON,)
        lists.are_refused = True
        return await self._get(request)

    async def _get(self, request: Read) -> tuple[Result, ...]:
        now = self.clock.monotonic()
        self.session.get(request.attributes, now, now + self.timeouts.request, as_it_is=request.as_it_is)
        return (await self.until(GetResult)).values

    async def _read_rows(self, request: ReadRows) -> DataAccessResult | None:
        now = self.clock.monotonic()
        self.session.rows(request.buffer, request.columns, now, now + self.timeouts.rows)
        try:
            return (await self.until(RowsEnd, request.take)).refused
        except RemoteRefusal:
            if request.buffer.access is None:
                raise
            return DataAccessResult.OTHER_REASON  # the selection is refused: there may be another way to the rows

    async def write(self, request: Write) -> Written:
        """Makes a change; that it is about to be sent is on disk first."""
        await self._journal.sent(request.evidence)
        now = self.clock.monotonic()
        deadline = now + self.timeouts.request
        descriptor, value = request.change
        if isinstance(descriptor, AttributeDescriptor):
            assert value is not None
            self.session.set([(descriptor, value)], now, deadline)
            return Written((await self.until(SetResult)).results[0], self.clock.now())
        self.session.act([(descriptor, value)], now, deadline)
        return Written((await self.until(ActionResults)).replies[0], self.clock.now())

    async def until(self, wanted: type[E], take_rows: TakeRows | None = None) -> E:
        """Carries octets both ways until the wanted event comes. Raises the session's error if it fails instead."""
        while True:
            event = self.session.next_event()
            if event is None:
                await self._carry()
            elif isinstance(event, Traced):
                self.watcher.expert(f"{event.direction} {event.text}")
            elif isinstance(event, Failed):
                raise event.error
            elif isinstance(event, Rows) and take_rows is not None:
                if (kept := take_rows(event.rows)) is not None:
                    await kept
            elif isinstance(event, wanted):
                return event
            else:
                raise LocalProtocolError(f"unexpected {type(event).__name__}")

    async def _carry(self) -> None:
        if data := self.session.data_to_send():
            await self._link.write(data)
            return
        due = self.session.next_timer()
        if due is None:
            raise LocalProtocolError("the session has nothing left to wait for")
        received = await self._link.read(max(0.0, due - self.clock.monotonic()))
        if received:
            self.session.receive(received, self.clock.monotonic())
            if self._progress is not None:
                self._progress.note(self.session.received)
            due = self.session.next_timer()
        if due is not None and self.clock.monotonic() >= due:  # even where octets come in all the time
            self.session.handle_timer(self.clock.monotonic())
