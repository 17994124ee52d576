"""Reading over a line: lists that bring nothing, long values told while they come, and what is kept for later."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.dlms import AttributeDescriptor, ClientSession, Data, DataAccessResult, Obis, Tag
from agent.dlms.xdlms import get
from agent.domain.errors import EplusError, NoAnswer, RemoteProtocolError
from agent.domain.reading import MeterReading
from agent.drivers import conversation
from agent.drivers.association import association_with
from agent.drivers.conversation import LISTS_REFUSED, Timeouts
from agent.drivers.memory import NO_MEMORY, ONE_BY_ONE
from agent.drivers.session import NO_JOURNAL, drive
from agent.meters import MeterModel, load_model
from agent.procedures.association_view import LIST_STEP, OBJECT_LIST
from agent.procedures.dialogue import Answer, Dialogue, Keep, Recall, ask
from agent.procedures.reading import reading
from agent.simulator.meter import SimulatedMeter
from tests.drivers.line import SAMPLE, Log, cerm1, link_to, new_clock, sample
from tests.jobs.memory_line import MemoryLink

SERIAL = AttributeDescriptor(1, Obis(0, 0, 96, 1, 0), 2)
VERSION = AttributeDescriptor(1, Obis(1, 0, 0, 2, 0), 2)
BREAKER = AttributeDescriptor(70, Obis(0, 0, 96, 3, 10), 2)
SEVERAL = (SERIAL, VERSION, BREAKER)
Answering = Callable[[int, bytes], list[bytes]]


def is_list(apdu: bytes) -> bool:
    return apdu[:2] == b"\xc0\x03"


@dataclass
class RememberingMemory:
    """What was kept, by name and kind."""

    kept: dict[tuple[str, str | None], bytes] = field(default_factory=dict)

    async def recall(self, what: str, kind: str | None) -> bytes | None:
        return self.kept.get((what, kind))

    async def keep(self, what: str, kind: str | None, content: bytes | None) -> None:
        if content is None:
            self.kept.pop((what, kind), None)
        else:
            self.kept[what, kind] = content


@dataclass
class Visit:
    """One session with the sample's meter; `answering` may answer for it, after its association is made."""

    meter: SimulatedMeter = field(default_factory=sample)
    memory: RememberingMemory = field(default_factory=RememberingMemory)
    answering: Callable[[bytes, Answering, int], list[bytes]] | None = None
    requests: list[bytes] = field(default_factory=list)
    log: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        self.clock = new_clock()
        self.link = link_to(self.meter, self.clock)
        server = server_of(self.link)
        serve = server._answer

        def answer(client_sap: int, apdu: bytes) -> list[bytes]:
            if apdu[:1] != b"\xc0":
                return list(serve(client_sap, apdu))
            self.requests.append(apdu)
            if self.answering is None:
                return list(serve(client_sap, apdu))
            return self.answering(apdu, lambda sap, octets: list(serve(sap, octets)), client_sap)

        server._answer = answer

    @property
    def lists(self) -> int:
        return sum(map(is_list, self.requests))

    async def drive(self, procedure: Dialogue[Any]) -> Any:
        session = ClientSession(association_with(cerm1(), None, SAMPLE.lls_password, "lls", "none"))
        parts = self.clock, self.log.watcher, Timeouts(), NO_JOURNAL, self.memory
        return await drive(procedure, session, self.link, "Any task", *parts)


def server_of(link: MemoryLink) -> Any:
    receive: Any = link._session.receive
    return receive.__self__._link


def generic() -> MeterModel:
    model = load_model("generic")
    assert isinstance(model, MeterModel)
    return model


def silent(apdu: bytes, serve: Answering, client_sap: int) -> list[bytes]:
    """Lists are taken and never answered."""
    return [] if is_list(apdu) else serve(client_sap, apdu)


async def test_a_list_that_is_never_answered_costs_a_new_connection_and_comes_one_by_one() -> None:
    visit, plain = Visit(answering=silent), Visit()
    expected = await plain.drive(ask(SEVERAL))

    def twice() -> Dialogue[tuple[Answer, Answer]]:
        return (yield from ask(SEVERAL)), (yield from ask(SEVERAL))

    first, second = await visit.drive(twice())
    assert first.values == second.values == expected.values
    assert all(isinstance(value, Data) for value in first.values)
    assert (visit.lists, visit.log.lines.count(LISTS_REFUSED)) == (1, 1)


async def test_what_a_visit_has_learned_of_lists_the_next_one_knows() -> None:
    memory = RememberingMemory()
    await Visit(answering=silent, memory=memory).drive(ask(SEVERAL))
    assert set(memory.kept) == {(ONE_BY_ONE, None)}
    again = Visit(answering=silent, memory=memory)
    await again.drive(ask(SEVERAL))
    assert again.lists == 0 and again.clock.passed < 5


async def test_a_meter_that_answers_lists_is_asked_for_lists() -> None:
    visit = Visit()
    await visit.drive(ask(SEVERAL))
    assert (visit.lists, len(visit.requests), visit.memory.kept) == (1, 1, {})


async def test_a_single_request_that_is_met_with_silence_is_not_repeated() -> None:
    visit = Visit(answering=lambda _apdu, _serve, _sap: [])
    with pytest.raises(RemoteProtocolError) as caught:
        await visit.drive(ask((SERIAL,)))
    assert caught.value.code == "answer-missing" and len(visit.requests) == 1


async def test_a_meter_that_is_gone_is_said_to_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    visit = Visit(answering=lambda _apdu, _serve, _sap: [])

    async def vanish(_data: bytes) -> None:
        return

    def begin() -> Dialogue[Answer]:
        monkeypatch.setattr(visit.link, "write", vanish)
        return (yield from ask(SEVERAL))

    with pytest.raises(NoAnswer):
        await visit.drive(begin())


async def test_a_request_that_is_refused_as_a_whole_is_a_value_that_is_missing() -> None:
    def refuse(apdu: bytes, serve: Answering, client_sap: int) -> list[bytes]:
        return [b"\xd8\x01\x01"] if get.decode_request(apdu).attributes == (VERSION,) else serve(client_sap, apdu)  # type: ignore[union-attr]

    def each() -> Dialogue[list[Any]]:
        found: list[Any] = []
        for attribute in SEVERAL:
            found += (yield from ask((attribute,))).values
        return found

    visit = Visit(answering=refuse)
    serial, version, breaker = await visit.drive(each())
    assert serial.value == SAMPLE.serial.encode() and version is DataAccessResult.OTHER_REASON
    assert breaker == Data(Tag.BOOLEAN, True)
    assert any("exception" in line for line in visit.log.expert)


async def test_noise_without_end_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Octets come at every read: time goes on all the same."""
    visit = Visit()

    async def noise(_timeout: float) -> bytes:
        visit.clock.passed += 0.2
        return b"\x55\x7e\x13" * 5

    monkeypatch.setattr(visit.link, "read", noise)
    with pytest.raises(EplusError) as caught:
        await visit.drive(ask(SEVERAL))
    assert caught.value.code == "garbage-answer" and visit.clock.passed < 20


async def test_an_object_list_is_told_while_it_comes_in_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "OCTETS_BETWEEN_NEWS", 256)
    memory = RememberingMemory()
    first, again = Visit(memory=memory), Visit(memory=memory)
    one: MeterReading = await first.drive(reading(generic(), SAMPLE.serial))
    two: MeterReading = await again.drive(reading(generic(), SAMPLE.serial))
    assert (one.total, one.tariffs, one.warnings) == (two.total, two.tariffs, two.warnings)
    assert len(one.tariffs) == 6
    news = [step for step in first.log.steps if step.octets is not None]
    assert news and {step.name for step in news} == {LIST_STEP}
    assert str(news[0]) in first.log.lines and "octets" in str(news[0])
    assert [step.octets for step in news] == sorted({step.octets or 0 for step in news})
    assert not [step for step in again.log.steps if step.name == LIST_STEP]
    assert again.clock.passed < first.clock.passed
    assert [what for what, _ in memory.kept] == [LIST_STEP]


class LargeMeter(SimulatedMeter):
    """Lists 600 objects more than the sample."""

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Data | DataAccessResult:
        value = super().read(client_sap, attribute)
        if attribute != OBJECT_LIST:
            return value
        assert isinstance(value, Data)
        return Data(Tag.ARRAY, (*value.value, *(listed(number) for number in range(600))))


def listed(number: int) -> Data:
    right = Data(Tag.STRUCTURE, (Data(Tag.INTEGER, 2), Data(Tag.ENUM, 1), Data(Tag.NULL, None)))
    rights = Data(Tag.STRUCTURE, (Data(Tag.ARRAY, (right,) * 5), Data(Tag.ARRAY, ())))
    name = Data(Tag.OCTET_STRING, bytes((0, 9, number >> 8, 7, number & 0xFF, 255)))
    return Data(Tag.STRUCTURE, (Data(Tag.LONG_UNSIGNED, 1), Data(Tag.UNSIGNED, 0), name, rights))


async def test_the_list_of_a_large_meter_takes_its_time_once() -> None:
    memory = RememberingMemory()
    first, again = (Visit(sample(LargeMeter), memory) for _ in range(2))
    one = await first.drive(reading(generic(), SAMPLE.serial))
    two = await again.drive(reading(generic(), SAMPLE.serial))
    assert (one.total, one.tariffs) == (two.total, two.tariffs)
    news = [step.octets for step in first.log.steps if step.octets is not None]
    assert len(news) > 12 and news[-1] > 30_000
    assert first.clock.passed > 40 and again.clock.passed < 10


async def test_a_meter_that_does_not_get_its_object_list_ready_is_read_without_it() -> None:
    def answering(apdu: bytes, serve: Answering, client_sap: int) -> list[bytes]:
        return [] if b"\x00\x00\x28\x00\x00\xff" in apdu else serve(client_sap, apdu)

    visit = Visit(answering=answering)
    found: MeterReading = await visit.drive(reading(generic(), SAMPLE.serial))
    assert len(found.tariffs) == 6 and visit.memory.kept == {}


async def test_without_a_memory_nothing_is_known() -> None:
    def task() -> Dialogue[Any]:
        yield Keep("any", None, b"1")
        return (yield Recall("any", None))

    visit = Visit()
    session = ClientSession(association_with(cerm1(), None, SAMPLE.lls_password, "lls", "none"))
    parts = visit.clock, visit.log.watcher, Timeouts(), NO_JOURNAL, NO_MEMORY
    assert await drive(task(), session, visit.link, "Any task", *parts) is None
