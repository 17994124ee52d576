"""Carries a procedure through a session over a link. Only this and the sign-on send anything to a meter."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from agent.dlms import (
    ActionResults,
    AttributeDescriptor,
    ClientSession,
    Closed,
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
from agent.domain.clock import Clock
from agent.domain.errors import LocalProtocolError, RemoteRefusal
from agent.link import Link
from agent.procedures.dialogue import (
    Answer,
    Dialogue,
    Evidence,
    Pause,
    Read,
    ReadRows,
    Remark,
    Reply,
    Step,
    TakeRows,
    Write,
    Written,
)

T = TypeVar("T")
E = TypeVar("E", bound=Event)

OPENING = "Opening port…"
OPENED = "Session correctly open"
CLOSED = "Session closed"


@dataclass(frozen=True)
class Timeouts:
    """Seconds allowed for each kind of exchange, repetitions included."""

    opening: float = 10.0
    request: float = 30.0
    rows: float = 3600.0
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


async def drive(
    procedure: Dialogue[T],
    session: ClientSession,
    link: Link,
    title: str,
    clock: Clock,
    watcher: Watcher,
    timeouts: Timeouts = Timeouts(),
    journal: Journal = NO_JOURNAL,
) -> T:
    """Opens the session, runs the procedure to its end, closes the session, and returns the procedure's result.

    The link must be open, and stays open. The session is closed after an error or a cancellation too, as far as the
    link still works. `title` names the procedure in the communication log.

    Raises:
        EplusError: of the session, the link, or the procedure.
    """
    conversation = _Conversation(session, link, clock, watcher, journal)
    watcher.log(OPENING)
    try:
        session.open(clock.monotonic(), clock.monotonic() + timeouts.opening)
        watcher.opened(await conversation.until(Opened))
        watcher.log(OPENED)
        watcher.log(f"Sending Message {title.replace(' ', '_')}")
        return await _run(procedure, conversation, timeouts)
    finally:
        procedure.close()
        await asyncio.shield(_close(conversation, timeouts))


async def _run(procedure: Dialogue[T], conversation: "_Conversation", timeouts: Timeouts) -> T:
    answer: Reply = None
    while True:
        try:
            request = procedure.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        if isinstance(request, Read):
            answer = await conversation.read(request, timeouts.request)
        elif isinstance(request, ReadRows):
            answer = await conversation.read_rows(request, timeouts.rows)
        elif isinstance(request, Write):
            answer = await conversation.write(request, timeouts.request)
        elif isinstance(request, Pause):
            await conversation.clock.sleep(request.seconds)
            answer = None
        elif isinstance(request, Remark):
            conversation.watcher.log(request.text)
            answer = None
        else:
            conversation.watcher.log(str(request))
            conversation.watcher.step(request)
            answer = None


async def _close(conversation: "_Conversation", timeouts: Timeouts) -> None:
    """Closes the session. An error here does not change the outcome."""
    now = conversation.clock.monotonic()
    with contextlib.suppress(Exception):
        conversation.session.close(now, now + timeouts.closing)
        await asyncio.wait_for(conversation.until(Closed), timeouts.closing + 1)
        conversation.watcher.log(CLOSED)


class _Conversation:
    """Carries octets between one session and its link, and its events to the procedure."""

    def __init__(self, session: ClientSession, link: Link, clock: Clock, watcher: Watcher, journal: Journal) -> None:
        self.session = session
        self.clock = clock
        self.watcher = watcher
        self._link = link
        self._journal = journal

    async def read(self, request: Read, timeout: float) -> Answer:
        now = self.clock.monotonic()
        self.session.get(request.attributes, now, now + timeout)
        event = await self.until(GetResult)
        return Answer(tuple(event.values), self.clock.now())

    async def read_rows(self, request: ReadRows, timeout: float) -> DataAccessResult | None:
        now = self.clock.monotonic()
        self.session.rows(request.buffer, request.columns, now, now + timeout)
        try:
            return (await self.until(RowsEnd, request.take)).refused
        except RemoteRefusal:
            if request.buffer.access is None:
                raise
            return DataAccessResult.OTHER_REASON  # the selection is refused: there may be another way to the rows

    async def write(self, request: Write, timeout: float) -> Written:
        await self._journal.sent(request.evidence)
        now = self.clock.monotonic()
        descriptor, value = request.change
        if isinstance(descriptor, AttributeDescriptor):
            assert value is not None
            self.session.set([(descriptor, value)], now, now + timeout)
            return Written((await self.until(SetResult)).results[0], self.clock.now())
        self.session.act([(descriptor, value)], now, now + timeout)
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
        elif self.clock.monotonic() >= due:
            self.session.handle_timer(self.clock.monotonic())
