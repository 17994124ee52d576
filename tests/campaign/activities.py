"""The activities that change a meter: what is asked for, at which meter, and how that meter tells that it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.dlms import AttributeDescriptor, Data, Obis
from agent.domain.activity import Activity
from agent.domain.exchange import ClockParameters, DetachParameters, JobParameters, NoParameters
from agent.domain.sample import METERS
from agent.jobs.request import JobRequest
from agent.simulator.ledger import Ledger
from agent.simulator.meter import SimulatedMeter
from agent.simulator.purse import Purse
from agent.simulator.token_gateway import Options
from tests.campaign.faults import STEPS, Step
from tests.campaign.line import World
from tests.campaign.stage import AMOUNT_WH, SERIAL, TECHNICIAN

SAMPLE = METERS[0]


ALL, NOTHING = Options(), NoParameters()


@dataclass(frozen=True)
class Change:
    """`is_done` asks the meter itself. `count` is how often its ledger has it; None where once more does no harm.

    `another_may_begin`: a second tablet may be sent while it is not known what the first one did; else a person who
    sends it has seen that the first one did nothing. `steps` are those of clocks.
    """

    activity: Activity
    is_done: Callable[[SimulatedMeter], bool]
    count: Callable[[Ledger], int] | None = None
    parameters: JobParameters = NOTHING
    ordered: bool = False
    connected: bool = True
    prepaid: bool = True
    options: Options = ALL
    another_may_begin: bool = True
    steps: Sequence[Step] = STEPS[1:]

    def meter(self, world: World, ahead: Callable[[], timedelta], ledger: Ledger) -> SimulatedMeter:
        """As it is at the beginning, or after what its ledger holds. `ahead`: its clock was stepped by so much."""
        return SimulatedMeter(
            SAMPLE.serial,
            SAMPLE.energies,
            SAMPLE.lls_password,
            lambda: world.true_time() + ahead(),
            connected=self.connected,
            ahead=timedelta(minutes=20) if self.activity is Activity.CLOCK else timedelta(seconds=3),
            vending_key=SAMPLE.vending_key,
            purse=Purse(prepaid=self.prepaid, credit=250_000),
            options=self.options,
            ledger=ledger,
        )

    def request(self, order: int | None) -> JobRequest:
        return JobRequest(
            self.activity.value,
            SERIAL,
            TECHNICIAN.username,
            order=order if self.ordered else None,
            parameters=self.parameters,
        )


def _charged(meter: SimulatedMeter) -> bool:
    return sum(meter.ledger.charges.values()) > 0 and all(amount == AMOUNT_WH for _, amount in meter.ledger.charges)


def _charges(ledger: Ledger) -> int:
    return ledger.count("charge")


def _switches(ledger: Ledger) -> int:
    return ledger.count("breaker")


def _value(meter: SimulatedMeter, class_id: int, name: str, attribute: int) -> Data:
    value = meter.read(1, AttributeDescriptor(class_id, Obis.parse(name), attribute))
    assert isinstance(value, Data)
    return value


def _is_configured(meter: SimulatedMeter) -> bool:
    """As the sample's profile for homes has it."""
    purse = meter.purse
    unit_charge = _value(meter, 113, "0.0.19.20.0", 5).value[2].value[0].value[1].value
    amounts = (purse.preset, purse.warning, purse.limit, purse.emergency_preset, unit_charge)
    return purse.prepaid and amounts == (5_000, 2_000, 0, 1_000, 1_000)


def _is_changed(meter: SimulatedMeter) -> bool:
    name, days = _value(meter, 20, "0.0.13.0.0", 2).value, _value(meter, 20, "0.0.13.0.0", 5).value
    threshold = _value(meter, 71, "0.0.17.0.0", 4).value
    return (name, len(days), threshold) == (b"Chile_THR_Tariff", 3, 10_000)


CHANGES = {
    "charge-by-token": Change(Activity.CREDIT_CHARGE, _charged, _charges, ordered=True),
    "charge-without-list": Change(
        Activity.CREDIT_CHARGE, _charged, _charges, ordered=True, options=Options(lists_tokens=False)
    ),
    "charge-by-sum": Change(
        Activity.CREDIT_CHARGE,
        _charged,
        _charges,
        ordered=True,
        options=Options(gateway=False),
        another_may_begin=False,
    ),
    "disconnect": Change(
        Activity.DISCONNECT,
        lambda meter: not meter.connected,
        _switches,
        parameters=DetachParameters(reason="impago"),
    ),
    "reconnect": Change(Activity.RECONNECT, lambda meter: meter.connected, _switches, connected=False),
    "clock": Change(
        Activity.CLOCK,
        lambda meter: abs(meter.ahead) < timedelta(minutes=1),
        parameters=ClockParameters(far_off=True),
        steps=(),
    ),
    "prepay-config": Change(Activity.PREPAY_CONFIG, _is_configured, ordered=True, prepaid=False),
    "change": Change(Activity.CHANGE, _is_changed, ordered=True),
}
