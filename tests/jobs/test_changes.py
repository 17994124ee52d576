"""Changes in a meter, with the line cut or the program stopped at any turn: made once or not at all, and known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import rmtree

import pytest

from agent.dlms import ActionReply, ActionResult, AttributeDescriptor, Data, DataAccessResult, Obis
from agent.domain.activity import Activity
from agent.domain.attempt import AttemptState
from agent.domain.credit_token import CreditToken, vend
from agent.domain.errors import InputError
from agent.domain.exchange import (
    ChangeParameters,
    ChargeParameters,
    Claim,
    ClockParameters,
    ContractMessage,
    DetachParameters,
    OrderState,
    PrepayParameters,
    PrepayProfileMessage,
    SeasonMessage,
    SwitchMessage,
    TariffPlanMessage,
    WorkOrder,
)
from agent.jobs.request import JobRequest
from agent.simulator.meter import SimulatedMeter
from agent.simulator.purse import Purse
from agent.simulator.token_gateway import Options
from agent.store import attempts, jobs, orders, outbox
from agent.store.jobs import JobRecord
from tests.dlms.virtual_line import LAST_ROW
from tests.jobs.memory_line import SAMPLE, Fault, MemoryBench

pytestmark = pytest.mark.slow

USER = "claudio.silva"
DETACH = JobRequest("disconnect", SAMPLE.serial, USER, parameters=DetachParameters(reason="impago"))
RECONNECT = JobRequest("reconnect", SAMPLE.serial, USER)
SET_CLOCK = JobRequest("clock", SAMPLE.serial, USER, parameters=ClockParameters(far_off=True))
CLOSED = {AttemptState.APPLIED, AttemptState.NOT_APPLIED}


BY_LIST, BY_STATUS, BY_SUM = Options(), Options(lists_tokens=False), Options(gateway=False)


class CountingMeter(SimulatedMeter):
    """Tells what was done to it, by its own ledger."""

    refuses = False
    refuses_from: int | None = None
    """So many attributes can be written before it takes no more."""

    def write(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> DataAccessResult:
        if self.refuses_from is not None:
            self.refuses_from -= 1
            if self.refuses_from < 0:
                return DataAccessResult.READ_WRITE_DENIED
        return super().write(client_sap, attribute, value)

    def value(self, name: str, class_id: int, attribute: int) -> Data:
        value = self.read(1, AttributeDescriptor(class_id, Obis.parse(name), attribute))
        assert isinstance(value, Data)
        return value

    @property
    def done(self) -> list[str]:
        return [entry["kind"] for entry in self.ledger.entries if entry["kind"] in ("charge", "breaker", "clock")]

    def _switch(self, connected: bool, parameters: Data | None) -> ActionReply:
        return ActionReply(ActionResult.TEMPORARY_FAILURE) if self.refuses else super()._switch(connected, parameters)


def was_charged(meter: CountingMeter) -> bool:
    return meter.ledger.count("charge") == 1


@dataclass(frozen=True)
class Change:
    """A request, the meter it is for, and whether it has been done there."""

    request: JobRequest
    connected: bool
    is_done: Callable[[CountingMeter], bool]
    options: Options = BY_LIST
    prepaid: bool = True

    def meter(self) -> CountingMeter:
        return CountingMeter(
            SAMPLE.serial,
            SAMPLE.energies,
            SAMPLE.lls_password,
            lambda: LAST_ROW,
            connected=self.connected,
            ahead=timedelta(minutes=20),
            vending_key=SAMPLE.vending_key,
            purse=Purse(prepaid=self.prepaid, credit=250_000),
            options=self.options,
        )


AMOUNT = 123_456
ORDER = 7
TOKEN = CreditToken(bytes(range(16)), SAMPLE.serial, AMOUNT, str(ORDER))
CHARGE = JobRequest("credit-charge", SAMPLE.serial, USER, order=ORDER)
PROFILE = PrepayProfileMessage(
    name="Prepago residencial",
    mode="prepayment",
    credit_preset_wh=6_000,
    warning_threshold_wh=2_000,
    limit_wh=-100,
    emergency_credit_wh=1_000,
    unit_charge=900,
)
CONFIGURE = JobRequest("prepay-config", SAMPLE.serial, USER, parameters=PrepayParameters(profile=PROFILE))
SET_UP = {"warning": 2_000, "limit": -100, "preset": 6_000, "emergency_preset": 1_000, "prepaid": True}
TARIFF = TariffPlanMessage(
    name="Two_Rates",
    seasons=[SeasonMessage(name="all", month=1, day=1, week="w")],
    weeks={"w": [1, 1, 1, 1, 1, 2, 2]},
    days={
        1: [SwitchMessage(minute=0, tariff=1), SwitchMessage(minute=1350, tariff=2)],
        2: [SwitchMessage(minute=0, tariff=2)],
    },
)
CONTRACT = ContractMessage(name="Contract_10000", threshold_w=10_000)
CHANGE_ORDER = 8
CHANGE_SUPPLY = JobRequest("change", SAMPLE.serial, USER, order=CHANGE_ORDER)


def is_set_up(meter: CountingMeter) -> bool:
    unit_charge = meter.value("0.0.19.20.0", 113, 5).value[2].value[0].value[1].value
    return {name: getattr(meter.purse, name) for name in SET_UP} == SET_UP and unit_charge == 900


def is_changed(meter: CountingMeter) -> bool:
    name, days = (meter.value("0.0.13.0.0", 20, number).value for number in (2, 5))
    return (name, len(days), meter.value("0.0.17.0.0", 71, 4).value) == (b"Two_Rates", 2, 10_000)


CHANGES = {
    "prepay configuration": Change(CONFIGURE, True, is_set_up, prepaid=False),
    "tariff and contract": Change(CHANGE_SUPPLY, True, is_changed),
    "charge": Change(CHARGE, True, was_charged),
    "charge without a list": Change(CHARGE, True, was_charged, BY_STATUS),
    "charge by sum": Change(CHARGE, True, was_charged, BY_SUM),
    "disconnect": Change(DETACH, True, lambda meter: not meter.connected),
    "reconnect": Change(RECONNECT, False, lambda meter: meter.connected),
    "clock": Change(SET_CLOCK, True, lambda meter: abs(meter.ahead) < timedelta(minutes=1)),
}
FAULTS = [
    Fault(turn, delivered, hangs) for turn in range(1, 40) for delivered in (False, True) for hangs in (False, True)
]


async def bench_of(folder: Path, meter: SimulatedMeter) -> MemoryBench:
    bench = MemoryBench(folder, meter, LAST_ROW)
    await bench.prepare()
    await bench.store.write(partial(orders.keep, claims=CLAIMS))
    return bench


def _claim(order: int, activity: Activity, parameters: ChargeParameters | ChangeParameters) -> Claim:
    return Claim(
        order=WorkOrder(
            id=order,
            activity=activity,
            serial=SAMPLE.serial,
            pod=None,
            address=None,
            customer=None,
            summary="",
            created_by="ripa",
            inserted_at=LAST_ROW,
            state=OrderState.CLAIMED,
        ),
        parameters=parameters,
        fence=1,
        lease_until=LAST_ROW + timedelta(hours=12),
    )


CLAIMS = [
    _claim(
        ORDER,
        Activity.CREDIT_CHARGE,
        ChargeParameters(amount_wh=AMOUNT, token=vend(TOKEN, SAMPLE.vending_key).hex()),
    ),
    _claim(CHANGE_ORDER, Activity.CHANGE, ChangeParameters(tariff=TARIFF, contract=CONTRACT)),
]


@pytest.mark.parametrize("name", ["prepay configuration", "tariff and contract", "disconnect", "reconnect", "clock"])
async def test_it_is_done_and_told(tmp_path: Path, name: str) -> None:
    change, meter = CHANGES[name], CHANGES[name].meter()
    bench = await bench_of(tmp_path, meter)
    record = await bench.do(change.request)
    assert (record.state, record.attempt, record.error_code) == ("done", AttemptState.APPLIED, None)
    assert change.is_done(meter) and len(meter.done) <= 1
    assert len(waiting(bench)) == 1
    entries = len(meter.ledger.entries)
    if change.request.order is None:
        again = await bench.do(change.request)
        assert (again.state, again.attempt) == ("done", AttemptState.NOT_APPLIED)
    assert len(meter.ledger.entries) == entries
    await bench.close()


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("fault", FAULTS[::3], ids=repr)
async def test_every_fault(tmp_path: Path, name: str, fault: Fault) -> None:
    await survives(tmp_path, CHANGES[name], fault)


@pytest.mark.parametrize("name", CHANGES)
async def test_two_faults_in_a_row(tmp_path: Path, name: str) -> None:
    for number, fault in enumerate(FAULTS[::5]):
        for again in FAULTS[3::11]:
            folder = tmp_path / f"{number}-{again.turn}-{again.delivered}-{again.hangs}"
            await survives(folder, CHANGES[name], fault, again)
            rmtree(folder)


async def survives(folder: Path, change: Change, *faults: Fault) -> None:
    """The change with faults one after the other, then checked at the meter over a line that holds."""
    meter = change.meter()
    bench = await bench_of(folder, meter)
    record = await bench.do(change.request, faults[0])
    for fault in (*faults[1:], None):
        if bench.hangs():
            bench, record = await stopped_and_started(bench, record)
        check_honest(bench, record, change, meter)
        if record.state == "unknown":
            with pytest.raises(InputError, match="outcome-open"):
                await bench.engine.start(change.request)
            record = await bench.recover(record.id, fault)
    check_honest(bench, record, change, meter)
    assert record.state in ("done", "failed", "interrupted", "undecided")
    assert len(meter.done) <= 1
    await bench.close()


def check_honest(bench: MemoryBench, record: JobRecord, change: Change, meter: CountingMeter) -> None:
    """Never "failed" for what was done, nor "done" for what was not; nothing is told before it is known."""
    with bench.store.read() as db:
        attempt = attempts.find(db, record.id)
    assert attempt is not None
    if attempt.state is AttemptState.APPLIED:
        assert change.is_done(meter) and record.state == "done"
    elif attempt.state is AttemptState.NOT_APPLIED:
        assert not meter.done and not change.is_done(meter) and record.state in ("failed", "interrupted")
    elif attempt.state is AttemptState.UNDECIDED:
        assert record.state == "undecided" and change.options in (BY_STATUS, BY_SUM)
    else:
        assert attempt.state is AttemptState.UNKNOWN and record.state == "unknown"
    told = record.state in ("done", "undecided") or (record.state == "failed" and record.work_order is None)
    assert len(waiting(bench)) == told


async def stopped_and_started(bench: MemoryBench, record: JobRecord) -> tuple[MemoryBench, JobRecord]:
    """The program ends where it hangs, and another one opens what it left."""
    await bench.close()
    again = await bench_of(bench.folder, bench.probe.meter)
    with again.store.read() as db:
        return again, jobs.get(db, record.id)


def waiting(bench: MemoryBench) -> list[outbox.Waiting]:
    with bench.store.read() as db:
        return outbox.waiting(db, 10)


async def test_a_refusal_proves_that_nothing_was_done(tmp_path: Path) -> None:
    meter = CHANGES["disconnect"].meter()
    meter.refuses = True
    bench = await bench_of(tmp_path, meter)
    record = await bench.do(DETACH)
    assert (record.state, record.attempt, record.error_code) == ("failed", AttemptState.NOT_APPLIED, "change-refused")
    await bench.close()


async def test_a_control_mode_that_forbids_is_found_before_anything_leaves(tmp_path: Path) -> None:
    meter = CHANGES["disconnect"].meter()
    meter.control_mode = 0
    bench = await bench_of(tmp_path, meter)
    record = await bench.do(DETACH)
    assert (record.error_code, record.attempt, meter.done) == ("control-mode-forbids", AttemptState.NOT_APPLIED, [])
    await bench.close()


async def test_no_cancel_after_it_has_left(tmp_path: Path) -> None:
    meter = CHANGES["disconnect"].meter()
    bench = await bench_of(tmp_path, meter)
    record, turn = await bench.do(DETACH, Fault(1, hangs=True)), 1
    while record.attempt is not AttemptState.SENT:
        bench.engine.cancel(record.id)
        await bench.close()
        turn += 1
        bench = await bench_of(tmp_path / str(turn), meter)
        record = await bench.do(DETACH, Fault(turn, hangs=True))
    with pytest.raises(InputError, match="job-past-cancel"):
        bench.engine.cancel(record.id)
    await bench.close()


@pytest.mark.parametrize("name", ["prepay configuration", "tariff and contract"])
async def test_a_refusal_half_way_is_said_and_what_is_missing_is_made(tmp_path: Path, name: str) -> None:
    change, meter = CHANGES[name], CHANGES[name].meter()
    meter.refuses_from = 3
    bench = await bench_of(tmp_path, meter)
    record = await bench.do(change.request)
    assert (record.state, record.attempt) == ("unknown", AttemptState.UNKNOWN)
    record = await bench.recover(record.id)
    assert (record.state, record.attempt) == ("failed", AttemptState.NOT_APPLIED)
    assert record.error_code == ("partly-applied" if name == "prepay configuration" else "not-applied")
    meter.refuses_from = None
    record = await bench.do(change.request)
    assert (record.state, record.attempt) == ("done", AttemptState.APPLIED) and change.is_done(meter)
    await bench.close()


@pytest.mark.parametrize(("minutes", "may_begin"), [(-1, False), (14, False), (16, True)])
async def test_no_charge_is_begun_in_the_last_minutes_of_its_lease(
    tmp_path: Path, minutes: int, may_begin: bool
) -> None:
    """When it is over, another tablet may be sent."""
    change, meter = CHANGES["charge"], CHANGES["charge"].meter()
    bench = await bench_of(tmp_path, meter)
    claim = CLAIMS[0].model_copy(update={"lease_until": bench.clock.now() + timedelta(minutes=minutes)})
    await bench.store.write(partial(orders.keep, claims=[claim]))
    if may_begin:
        assert (await bench.do(change.request)).state == "done"
    else:
        with pytest.raises(InputError, match="order-lease-over"):
            await bench.do(change.request)
    assert was_charged(meter) is may_begin
    await bench.close()
