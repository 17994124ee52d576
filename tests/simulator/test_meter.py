"""A simulated meter's registers grow, add up, and stand still while the breaker is open."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AttributeDescriptor, ClientAccess, Data, DataAccessResult, Mechanism, Obis
from agent.domain.sample import METERS
from agent.simulator.load import EPOCH, energy_since_epoch
from agent.simulator.meter import SimulatedMeter, sample_meter

moments = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def value(meter: SimulatedMeter, obis: str, attribute: int = 2, class_id: int = 3) -> object:
    found = meter.read(16, AttributeDescriptor(class_id, Obis.parse(obis), attribute))
    return found.value if isinstance(found, Data) else found


@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_energy_never_falls(moment: datetime, later: timedelta) -> None:
    before, after = energy_since_epoch(moment), energy_since_epoch(moment + later)
    assert all(low <= high for low, high in zip(before, after, strict=True))
    assert sum(after) - sum(before) <= 1310 * (later.total_seconds() / 3600) + 6


@given(moments)
def test_tariffs_add_up_to_the_total(moment: datetime) -> None:
    meter = sample_meter(METERS[1], lambda: moment)
    tariffs = [value(meter, f"1.0.1.8.{number}") for number in range(1, 7)]
    assert sum(part for part in tariffs if isinstance(part, int)) == value(meter, "1.0.1.8.0")


def test_a_year_is_a_households_year() -> None:
    assert 3_000_000 < sum(energy_since_epoch(EPOCH + timedelta(days=365))) < 6_000_000


def test_a_disconnected_meter_stands_still() -> None:
    meter = sample_meter(METERS[0], lambda: EPOCH + timedelta(days=100))
    assert value(meter, "1.0.1.8.0") == 1352143
    assert value(meter, "0.0.96.3.10", 3, class_id=70) == 0


def test_who_is_let_in() -> None:
    meter = sample_meter(METERS[0], lambda: EPOCH)
    assert meter.access(16) == ClientAccess()
    assert meter.access(1) == ClientAccess(Mechanism.LLS, METERS[0].lls_password)
    assert meter.access(2) is None
    assert METERS[0].lls_password.decode() not in repr(meter) + repr(meter.access(1))


def test_what_it_does_not_have() -> None:
    meter = sample_meter(METERS[0], lambda: EPOCH)
    assert value(meter, "1.0.2.8.0") is DataAccessResult.OBJECT_UNDEFINED
    assert value(meter, "1.0.1.8.0", class_id=1) is DataAccessResult.OBJECT_CLASS_INCONSISTENT
    assert value(meter, "1.0.1.8.0", 7) is DataAccessResult.READ_WRITE_DENIED
