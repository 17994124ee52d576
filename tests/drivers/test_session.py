"""Carrying a procedure through a session: it is closed whatever happens, and nothing changes without a journal."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.dlms import AttributeDescriptor, ClientSession, Data, MethodDescriptor, Obis, Tag
from agent.domain.errors import LinkLost, LocalProtocolError, NoAnswer, OtherMeter, StoreError
from agent.drivers.association import association_with
from agent.drivers.session import CLOSED, NO_JOURNAL, OPENED, OPENING, Journal, Timeouts, drive
from agent.procedures.dialogue import Answer, Dialogue, Evidence, Pause, ReadRows, Remark, Step, Write, ask, write
from agent.simulator.meter import SimulatedMeter
from tests.drivers.line import SAMPLE, Log, cerm1, link_to, new_clock, sample
from tests.jobs.memory_line import Fault, MemoryClock, MemoryLink

SERIAL = AttributeDescriptor(1, Obis(0, 0, 96, 1, 0), 2)
BUFFER = AttributeDescriptor(7, Obis(0, 0, 99, 98, 0), 2)
SWITCH_OFF = Write((MethodDescriptor(70, Obis(0, 0, 96, 3, 10), 1), Data(Tag.INTEGER, 0)), {"control": 1})


@dataclass
class Run:
    """One procedure at the sample's meter."""

    meter: SimulatedMeter = field(default_factory=sample)
    fault: Fault | None = None
    cut_after: int = -1
    journal: Journal = NO_JOURNAL
    log: Log = field(default_factory=Log)
    clock: MemoryClock = field(default_factory=new_clock)

    def __post_init__(self) -> None:
        self.link = link_to(self.meter, self.clock, self.fault, self.cut_after)

    async def drive(self, procedure: Dialogue[Any]) -> Any:
        session = ClientSession(association_with(cerm1(), None, SAMPLE.lls_password, "lls", "none"))
        watcher = self.log.watcher
        return await drive(procedure, session, self.link, "Any task", self.clock, watcher, Timeouts(), self.journal)


class Closing:
    """A procedure that reads, and notes when it is closed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.is_closed = error, False

    def task(self) -> Dialogue[Answer]:
        try:
            yield Step("one", 1, 2)
            answer = yield from ask((SERIAL,))
            if self.error is not None:
                raise self.error
            yield Step("two", 2, 2)
            yield from ask((SERIAL,))
            return answer
        finally:
            self.is_closed = True


class Noting:
    """A journal that notes how many octets had left when it was written, or cannot be written."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.link: MemoryLink | None = None
        self.noted: list[tuple[Evidence, int]] = []

    async def sent(self, evidence: Evidence, /) -> None:
        if self.error is not None:
            raise self.error
        assert self.link is not None
        self.noted.append((evidence, self.link.turns))


async def test_what_is_reported_of_a_whole_session() -> None:
    run = Run()
    answer = await run.drive(Closing().task())
    assert answer.values[0].value.decode() == SAMPLE.serial
    assert run.log.lines == [OPENING, OPENED, "Sending Message Any_task", "- one 1/2", "- two 2/2", CLOSED]
    assert [step.name for step in run.log.steps] == ["one", "two"]
    assert any("GET" in line.upper() for line in run.log.expert)


async def test_the_session_is_closed_after_an_error_of_the_procedure() -> None:
    run, procedure = Run(), Closing(OtherMeter(expected="A", found="B"))
    with pytest.raises(OtherMeter):
        await run.drive(procedure.task())
    assert procedure.is_closed and run.log.lines[-1] == CLOSED


@pytest.mark.parametrize("turn", range(2, 8))
async def test_the_session_is_closed_after_a_cancellation(turn: int) -> None:
    """Wherever it hangs: while the association is asked for, or in one of the two requests."""
    run, procedure = Run(fault=Fault(turn, hangs=True)), Closing()
    task = asyncio.ensure_future(run.drive(procedure.task()))
    await asyncio.wait_for(run.link.hung.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert procedure.is_closed == (OPENED in run.log.lines) == (turn > 3)
    assert run.log.lines[-1] == CLOSED


async def test_a_lost_link_ends_it_with_that_error_and_no_goodbye() -> None:
    run, procedure = Run(cut_after=3), Closing()
    with pytest.raises(LinkLost):
        await run.drive(procedure.task())
    assert procedure.is_closed and CLOSED not in run.log.lines


async def test_a_meter_that_says_nothing_is_given_its_time_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    run, timeouts = Run(), Timeouts()

    async def silence(timeout: float) -> bytes:
        run.clock.passed += timeout
        return b""

    monkeypatch.setattr(run.link, "read", silence)
    with pytest.raises(NoAnswer):
        await run.drive(Closing().task())
    assert timeouts.opening <= run.clock.passed <= timeouts.opening + timeouts.closing + 1
    assert OPENED not in run.log.lines


async def test_a_change_without_a_journal_never_leaves() -> None:
    run = Run()
    with pytest.raises(LocalProtocolError, match="journal"):
        await run.drive(write(SWITCH_OFF))
    assert run.meter.connected and run.log.lines[-1] == CLOSED


async def test_a_change_that_cannot_be_journalled_never_leaves() -> None:
    run = Run(journal=Noting(StoreError("disk")))
    with pytest.raises(StoreError):
        await run.drive(write(SWITCH_OFF))
    assert run.meter.connected and run.log.lines[-1] == CLOSED


async def test_a_change_is_journalled_before_it_leaves() -> None:
    journal = Noting()
    run = Run(journal=journal)
    journal.link = run.link
    await run.drive(write(SWITCH_OFF))
    ((evidence, turn),) = journal.noted
    assert evidence == SWITCH_OFF.evidence and not run.meter.connected

    journal = Noting()
    cut = Run(journal=journal, fault=Fault(turn))
    journal.link = cut.link
    with pytest.raises(LinkLost):
        await cut.drive(write(SWITCH_OFF))
    assert len(journal.noted) == 1 and cut.meter.connected, "the turn after the journal is the change"


async def test_a_pause_is_slept_in_the_session() -> None:
    def task() -> Dialogue[None]:
        yield Pause(5.0)

    run = Run()
    await run.drive(task())
    assert 5.0 <= run.clock.passed < 10.0


async def test_no_rows_are_taken_while_others_are_still_being_kept() -> None:
    busy: list[int] = []
    kept: list[int] = []

    async def keep(number: int) -> None:
        busy.append(number)
        for _ in range(5):
            await asyncio.sleep(0)
        kept.append(number)

    def take(rows: Sequence[Any]) -> Awaitable[None]:
        assert busy == kept
        return keep(len(rows))

    def task() -> Dialogue[Any]:
        return (yield ReadRows(BUFFER, 2, take))

    assert await Run().drive(task()) is None
    assert kept and kept == busy


async def test_the_meters_reason_for_no_rows_comes_back() -> None:
    def task() -> Dialogue[Any]:
        return (yield ReadRows(AttributeDescriptor(7, Obis(0, 0, 99, 98, 9), 2), 2, lambda _: None))

    assert (await Run().drive(task())).words == "object-undefined"


async def test_a_remark_is_a_line_of_the_log() -> None:
    def remarking() -> Dialogue[str]:
        yield Remark("about 5 s")
        return "done"

    run = Run()
    assert await run.drive(remarking()) == "done"
    assert "about 5 s" in run.log.lines and not run.log.steps
