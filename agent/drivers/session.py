"""Drives a procedure through a session over a link. Nobody else sends anything to a meter."""

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
    Opened,
    Rows,
    RowsEnd,
    Traced,
)
from agent.dlms import GetResult as SessionAnswer
from agent.dlms import SetResult as SessionWritten
from agent.domain.clock import Clock
from agent.domain.errors import LocalProtocolError
from agent.link import Link
from agent.procedures.dialogue import (
    Answer,
    Dialogue,
    Evidence,
    Pause,
    Read,
    ReadRows,
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
    """Seconds that the driver waits for each kind of exchange, resends included."""

    opening: float = 10.0
    request: float = 30.0
    rows: float = 3600.0
    closing: float = 3.0
    sign_on: float = 10.0
    readout: float = 120.0


@dataclass(frozen=True)
class Watcher:
    """Who is told what goes on: steps, plain log lines, and the expert's lines (frames, APDUs)."""

    step: Callable[[Step], None]
    log: Callable[[str], None]
    expert: Callable[[str], None]


class Journal(Protocol):
    """Where it is kept that a change is about to leave."""

    async def sent(self, evidence: Evidence, /) -> None:
        """Returns when it is on the disk. Raises StoreError if it cannot be put there: then nothing may leave."""


class NoJournal:
    """For what changes nothing."""

    async def sent(self, _evidence: Evidence) -> None:
        raise LocalProtocolError("a change that is not in any journal")


NO_JOURNAL = NoJournal()


async def drive(
    procedure: Dialogue[T],
    session: ClientSession,
    link: Link,
    title: str,
    clock: Clock,
    watcher: Watcher,
    patience: Timeouts = Timeouts(),
    journal: Journal = NO_JOURNAL,
) -> T:
    """Opens the session, runs the procedure to its end, closes the session, and returns its result.

    The link is open before, and stays open after. The session is closed after an error and after a
    cancellation too, as far as the link carries it.

    Raises:
        EplusError: of the session, the link, or the procedure.
    """
    conversation = _Conversation(session, link, clock, watcher, journal)
    watcher.log(OPENING)
    try:
        session.open(clock.monotonic(), clock.monotonic() + patience.opening)
        await conversation.until(Opened)
        watcher.log(OPENED)
        watcher.log(f"Sending Message {title.replace(' ', '_')}")
        return await _run(procedure, conversation, patience)
    finally:
        procedure.close()
        await asyncio.shield(_close(conversation, patience))


async def _run(procedure: Dialogue[T], conversation: "_Conversation", patience: Timeouts) -> T:
    answer: Reply = None
    while True:
        try:
            wish = procedure.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        if isinstance(wish, Read):
            answer = await conversation.read(wish, patience.request)
        elif isinstance(wish, ReadRows):
            answer = await conversation.read_rows(wish, patience.rows)
        elif isinstance(wish, Write):
            answer = await conversation.write(wish, patience.request)
        elif isinstance(wish, Pause):
            await conversation.clock.sleep(wish.seconds)
            answer = None
        else:
            conversation.watcher.log(str(wish))
            conversation.watcher.step(wish)
            answer = None


async def _close(conversation: "_Conversation", patience: Timeouts) -> None:
    """Says goodbye. What goes wrong here changes nothing about the outcome."""
    now = conversation.clock.monotonic()
    with contextlib.suppress(Exception):
        conversation.session.close(now, now + patience.closing)
        await asyncio.wait_for(conversation.until(Closed), patience.closing + 1)
        conversation.watcher.log(CLOSED)


class _Conversation:
    def __init__(self, session: ClientSession, link: Link, clock: Clock, watcher: Watcher, journal: Journal) -> None:
        self.session = session
        self.clock = clock
        self.watcher = watcher
        self._link = link
        self._journal = journal

    async def read(self, wish: Read, patience: float) -> Answer:
        now = self.clock.monotonic()
        self.session.get(wish.attributes, now, now + patience)
        event = await self.until(SessionAnswer)
        return Answer(tuple(event.values), self.clock.now())

    async def read_rows(self, wish: ReadRows, patience: float) -> DataAccessResult | None:
        now = self.clock.monotonic()
        self.session.rows(wish.buffer, wish.columns, now, now + patience)
        return (await self.until(RowsEnd, wish.take)).refused

    async def write(self, wish: Write, patience: float) -> Written:
        await self._journal.sent(wish.evidence)
        now = self.clock.monotonic()
        descriptor, value = wish.change
        if isinstance(descriptor, AttributeDescriptor):
            assert value is not None
            self.session.set([(descriptor, value)], now, now + patience)
            return Written((await self.until(SessionWritten)).results[0], self.clock.now())
        self.session.act([(descriptor, value)], now, now + patience)
        return Written((await self.until(ActionResults)).replies[0], self.clock.now())

    async def until(self, wanted: type[E], take_rows: TakeRows | None = None) -> E:
        """Carries bytes both ways until the wanted event."""
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
            raise LocalProtocolError("the session waits for nothing")
        received = await self._link.read(max(0.0, due - self.clock.monotonic()))
        if received:
            self.session.receive(received, self.clock.monotonic())
        elif self.clock.monotonic() >= due:
            self.session.handle_timer(self.clock.monotonic())
