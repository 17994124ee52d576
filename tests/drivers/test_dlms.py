"""The driver of DLMS meters: which meter refused, which activities it knows, and that a lab touches no real meter."""

from pathlib import Path
from typing import Any

import pytest

from agent.dlms import AttributeDescriptor, Data, Tag
from agent.domain.activity import Activity
from agent.domain.errors import AssociationRefused, InputError, LocalProtocolError, OtherMeter
from agent.domain.parameters import NOTHING, Detach, ReadRange
from agent.domain.reading import MeterReading
from agent.domain.results import BreakerChange, LoadProfile
from agent.drivers.association import association_with
from agent.drivers.counters import CountedSessions
from agent.drivers.dlms import IDENTIFICATION_TITLE, DlmsDriver
from agent.drivers.driver import DriverRequest
from agent.drivers.session import NO_JOURNAL, Journal
from agent.link import Link
from agent.procedures.dialogue import Evidence
from agent.procedures.identify import identify
from agent.simulator.meter import SimulatedMeter
from agent.store.counters import COUNTERS_FILE, Counters
from tests.dlms.virtual_line import LAST_ROW
from tests.drivers.line import SAMPLE, Log, cerm1, link_to, new_clock, sample

READING = DriverRequest(Activity.READING, SAMPLE.serial)


class RealMeter(SimulatedMeter):
    """Its logical device name is no simulator's."""

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Any:
        if str(attribute.obis) == "0.0.42.0.0.255":
            return Data(Tag.OCTET_STRING, b"ACM0000000012345")
        return super().read(client_sap, attribute)


class Journalled:
    """A journal in memory."""

    def __init__(self) -> None:
        self.evidence: list[Evidence] = []

    async def sent(self, evidence: Evidence, /) -> None:
        self.evidence.append(evidence)


def driver(folder: Path, log: Log, password: bytes = SAMPLE.lls_password, journal: Journal = NO_JOURNAL) -> DlmsDriver:
    sessions = CountedSessions(Counters(folder / COUNTERS_FILE), new_clock(), log.watcher, journal=journal)
    return DlmsDriver(cerm1(), association_with(cerm1(), None, password, "lls", "none"), sessions)


def link_of(meter: SimulatedMeter) -> Link:
    return link_to(meter, new_clock())


async def test_an_activity_and_its_title(tmp_path: Path) -> None:
    log = Log()
    result = await driver(tmp_path, log).perform(READING, link_of(sample()))
    assert isinstance(result, MeterReading) and result.serial == SAMPLE.serial
    assert log.titles == ["Reading"]
    assert [step.name for step in log.steps] == list(Activity.READING.facts.steps)


async def test_another_meter_that_refuses_the_password_is_recognized_by_its_public_client(tmp_path: Path) -> None:
    log, other = Log(), sample(serial="OTHER-METER-1", lls_password=b"87654321")
    with pytest.raises(OtherMeter) as caught:
        await driver(tmp_path, log).perform(READING, link_of(other))
    assert caught.value.params == {"expected": SAMPLE.serial, "found": "OTHER-METER-1"}
    assert log.titles == [IDENTIFICATION_TITLE]


async def test_the_right_meter_that_refuses_the_password_refuses(tmp_path: Path) -> None:
    log = Log()
    with pytest.raises(AssociationRefused):
        await driver(tmp_path, log, b"87654321").perform(READING, link_of(sample()))
    assert log.titles == [IDENTIFICATION_TITLE]


async def test_without_a_serial_number_nobody_is_asked_who_is_there(tmp_path: Path) -> None:
    log = Log()
    with pytest.raises(AssociationRefused):
        await driver(tmp_path, log, b"87654321").perform(DriverRequest(Activity.READING, None), link_of(sample()))
    assert not log.titles


async def test_a_lab_refuses_a_real_meter_before_anything_is_done(tmp_path: Path) -> None:
    journal, meter = Journalled(), sample(RealMeter)
    request = DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test"), lab=True)
    log = Log()
    with pytest.raises(InputError, match="lab-only"):
        await driver(tmp_path, log, journal=journal).perform(request, link_of(meter))
    assert meter.connected and not journal.evidence and not log.steps


async def test_a_lab_takes_a_simulated_meter(tmp_path: Path) -> None:
    journal, meter = Journalled(), sample()
    request = DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test"), lab=True)
    done = await driver(tmp_path, Log(), journal=journal).perform(request, link_of(meter))
    assert isinstance(done, BreakerChange) and not meter.connected and len(journal.evidence) == 1


async def test_without_lab_a_real_meter_is_served(tmp_path: Path) -> None:
    journal, meter = Journalled(), sample(RealMeter)
    request = DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test"))
    await driver(tmp_path, Log(), journal=journal).perform(request, link_of(meter))
    assert not meter.connected


async def test_without_a_journal_nothing_is_changed(tmp_path: Path) -> None:
    meter = sample()
    with pytest.raises(LocalProtocolError):
        await driver(tmp_path, Log()).perform(
            DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test")), link_of(meter)
        )
    assert meter.connected


async def test_rows_go_where_the_request_says(tmp_path: Path) -> None:
    parts: list[LoadProfile] = []
    wanted = ReadRange(LAST_ROW.replace(hour=0), LAST_ROW.replace(hour=1))
    request = DriverRequest(Activity.LOAD_PROFILE, SAMPLE.serial, wanted, take=parts.append)
    result = await driver(tmp_path, Log()).perform(request, link_of(sample()))
    assert isinstance(result, LoadProfile) and not result.rows
    assert sum(len(part.rows) for part in parts) > 0


async def test_a_recovery_finds_the_change_and_makes_none(tmp_path: Path) -> None:
    meter, request = sample(), DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test"))
    evidence = {"control": 1, "output": 1}
    before = await driver(tmp_path, Log()).recover(request, evidence, link_of(meter))
    assert before.outcome == "not-applied" and meter.connected
    await driver(tmp_path, Log(), journal=Journalled()).perform(request, link_of(meter))
    after = await driver(tmp_path, Log()).recover(request, evidence, link_of(meter))
    assert after.outcome == "applied" and isinstance(after.result, BreakerChange)


async def test_what_never_changes_anything_cannot_be_recovered(tmp_path: Path) -> None:
    link = link_to(sample(), new_clock())
    with pytest.raises(InputError, match="not-supported"):
        await driver(tmp_path, Log()).recover(DriverRequest(Activity.READING, SAMPLE.serial, NOTHING), {}, link)
    assert link.turns == 0


async def test_any_other_task_has_an_association_of_its_own(tmp_path: Path) -> None:
    log = Log()
    found = await driver(tmp_path, log).run(lambda: identify(cerm1(), None), "Who is there", link_of(sample()))
    assert found == SAMPLE.serial and log.titles == ["Who_is_there"]
