"""Carries a procedure through a session over a link. Only this and the sign-on send anything to a meter."""

import asyncio
import contextlib
from typing import TypeVar

from agent.dlms import ClientSession, Closed
from agent.domain.clock import Clock
from agent.drivers.conversation import NO_JOURNAL, Conversation, Journal, NoJournal, Timeouts, Watcher
from agent.drivers.memory import NO_MEMORY, MeterMemory
from agent.link import Link
from agent.procedures.dialogue import Dialogue, Reply

__all__ = ["NO_JOURNAL", "Journal", "NoJournal", "Timeouts", "Watcher", "drive"]

T = TypeVar("T")

OPENING = "Opening port…"
OPENED = "Session correctly open"
CLOSED = "Session closed"
USUAL_TIMEOUTS = Timeouts()


async def drive(
    procedure: Dialogue[T],
    session: ClientSession,
    link: Link,
    title: str,
    clock: Clock,
    watcher: Watcher,
    timeouts: Timeouts = USUAL_TIMEOUTS,
    journal: Journal = NO_JOURNAL,
    memory: MeterMemory = NO_MEMORY,
) -> T:
    """Opens the session, runs the procedure to its end, closes the session, and returns the procedure's result.

    The link must be open, and stays open. The session is closed after an error or a cancellation too, as far as the
    link still works. `title` names the procedure in the communication log.

    Raises:
        EplusError: of the session, the link, or the procedure.
    """
    conversation = Conversation(session, link, clock, watcher, timeouts, journal, memory)
    watcher.log(OPENING)
    try:
        await conversation.open()
        watcher.log(OPENED)
        watcher.log(f"Sending Message {title.replace(' ', '_')}")
        return await _run(procedure, conversation)
    finally:
        procedure.close()
        await asyncio.shield(_close(conversation))


async def _run(procedure: Dialogue[T], conversation: Conversation) -> T:
    answer: Reply = None
    while True:
        try:
            request = procedure.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer = await conversation.answer(request)


async def _close(conversation: Conversation) -> None:
    """Closes the session. An error here does not change the outcome."""
    now, seconds = conversation.clock.monotonic(), conversation.timeouts.closing
    with contextlib.suppress(Exception):
        conversation.session.close(now, now + seconds)
        await asyncio.wait_for(conversation.until(Closed), seconds + 1)
        conversation.watcher.log(CLOSED)
