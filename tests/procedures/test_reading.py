"""The reading, as a dialogue: what it asks for, and what it makes of the answers."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Tag
from agent.dlms.cosem.clock import encode_date_time
from agent.dlms.cosem.units import scaler_unit
from agent.domain.errors import AccessRefused, EplusError, MalformedData, OtherMeter
from agent.domain.reading import Breaker, BreakerState, MeterReading
from agent.meters import MeterModel, load_model
from agent.procedures.dialogue import Answer, Dialogue, Keep, Read, Recall, Step
from agent.procedures.reading import reading
from agent.procedures.values import clock_time

SERIAL = "UAAEEDN11200129695"
TABLET_TIME = datetime(2026, 11, 23, 10, 15, 0, tzinfo=timezone(timedelta(hours=-3)))
Value = Data | DataAccessResult
Meter = dict[str, Value]


def unsigned(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


def model_of(name: str) -> MeterModel:
    model = load_model(name)
    assert isinstance(model, MeterModel)
    return model


def meter(**changes: Value) -> Meter:
    """Attributes by `logical name/attribute`, as in `1.0.1.8.0.255/2`; `changes` by short names."""
    short = {
        "serial": "0.0.96.1.0.255/2",
        "clock": "0.0.1.0.0.255/2",
        "version": "1.0.0.2.0.255/2",
        "output": "0.0.96.3.10.255/2",
        "control": "0.0.96.3.10.255/3",
        "total": "1.0.1.8.0.255/2",
        "total_unit": "1.0.1.8.0.255/3",
        **{f"t{n}": f"1.0.1.8.{n}.255/2" for n in range(1, 7)},
        **{f"t{n}_unit": f"1.0.1.8.{n}.255/3" for n in range(1, 7)},
    }
    values: dict[str, Value] = {
        "serial": Data(Tag.OCTET_STRING, SERIAL.encode()),
        "clock": Data(Tag.OCTET_STRING, encode_date_time(TABLET_TIME + timedelta(seconds=7))),
        "version": Data(Tag.VISIBLE_STRING, "3131"),
        "output": Data(Tag.BOOLEAN, True),
        "control": Data(Tag.ENUM, 1),
        "total": unsigned(21),
        "total_unit": scaler_unit(0, 30),
        **{f"t{n}": unsigned(n) for n in range(1, 7)},
        **{f"t{n}_unit": scaler_unit(0, 30) for n in range(1, 7)},
        **changes,
    }
    return {short[name]: value for name, value in values.items()}


def run(task: Dialogue[MeterReading], answer: Callable[[AttributeDescriptor], Value]) -> tuple[MeterReading, list[str]]:
    steps: list[str] = []
    reply: Answer | None = None
    while True:
        try:
            request = task.send(reply)
        except StopIteration as end:
            result: Any = end.value
            return result, steps
        if isinstance(request, Step):
            steps.append(str(request))
            reply = None
        elif isinstance(request, Recall | Keep):
            reply = None
        else:
            assert isinstance(request, Read)
            reply = Answer(tuple(answer(attribute) for attribute in request.attributes), TABLET_TIME)


def read(values: Meter, model: str = "cerm1", serial: str | None = SERIAL) -> MeterReading:
    def answer(attribute: AttributeDescriptor) -> Value:
        return values.get(f"{attribute.obis}/{attribute.attribute}", DataAccessResult.OBJECT_UNDEFINED)

    return run(reading(model_of(model), serial), answer)[0]


def test_a_whole_reading() -> None:
    values = meter()
    result, steps = run(reading(model_of("cerm1"), SERIAL), lambda a: values[f"{a.obis}/{a.attribute}"])
    assert steps[0] == "- readserial 1/7" and steps[-1] == "- checksum 7/7"
    assert {name: quantity.value for name, quantity in result.tariffs.items()} == {f"t{n}": n for n in range(1, 7)}
    assert (result.total.value, result.total.unit) == (Decimal(21), "Wh")
    assert (result.drift_s, result.app_version) == (7, "3131")
    assert result.breaker is not None and result.breaker.control is BreakerState.CONNECTED
    assert result.warnings == ()


def test_another_meter_stops_everything_at_once() -> None:
    asked: list[AttributeDescriptor] = []

    def answer(attribute: AttributeDescriptor) -> Value:
        asked.append(attribute)
        return Data(Tag.OCTET_STRING, b"ANOTHER-ONE")

    with pytest.raises(OtherMeter) as caught:
        run(reading(model_of("cerm1"), SERIAL), answer)
    assert caught.value.params == {"expected": SERIAL, "found": "ANOTHER-ONE"}
    assert len(asked) == 1


def test_scalers_are_exact() -> None:
    values = meter(total=unsigned(123456789), total_unit=scaler_unit(-3, 30))
    assert read(values).total.value == Decimal("123456.789")


def test_tariffs_that_do_not_add_up_are_warned_of() -> None:
    assert read(meter(total=unsigned(22))).warnings == ("sum-mismatch",)


def test_energy_that_flows_between_two_answers_is_no_mismatch() -> None:
    """T1…T6 read one by one after the total, which has grown when it is read again."""
    values = meter(total=unsigned(20))
    totals = iter([20, 22])
    order: list[str] = []

    def answer(attribute: AttributeDescriptor) -> Value:
        name = f"{attribute.obis}/{attribute.attribute}"
        order.append(name)
        return unsigned(next(totals)) if name == "1.0.1.8.0.255/2" else values[name]

    assert run(reading(model_of("cerm1"), SERIAL), answer)[0].warnings == ()
    assert order.index("1.0.1.8.0.255/2") < order.index("1.0.1.8.1.255/2"), "the total comes first, and again last"
    assert order[-1] == "1.0.1.8.0.255/2"


@pytest.mark.parametrize("missing", ["clock", "version", "control", "t3_unit", "t3", "total", "total_unit", "serial"])
def test_what_the_model_must_have(missing: str) -> None:
    with pytest.raises(AccessRefused) as caught:
        read(meter(**{missing: DataAccessResult.OBJECT_UNDEFINED}))
    assert caught.value.params["result"] == "object-undefined"


def test_a_generic_meter_may_have_little() -> None:
    undefined = DataAccessResult.OBJECT_UNDEFINED
    nothing = {f"t{n}_unit": undefined for n in range(1, 7)}
    result = read(meter(clock=undefined, version=undefined, control=undefined, **nothing), model="generic")
    assert (result.tariffs, result.meter_time, result.app_version, result.breaker) == ({}, None, None, None)
    assert result.total.value == 21


def test_a_generic_meter_may_tell_its_serial_number_elsewhere() -> None:
    values = meter(serial=DataAccessResult.OBJECT_UNDEFINED)
    values["0.0.42.0.0.255/2"] = Data(Tag.OCTET_STRING, b"ABC1234567890123")
    assert read(values, model="generic", serial=None).serial == "ABC1234567890123"


@pytest.mark.parametrize(
    "changes",
    [
        {"total": Data(Tag.FLOAT64, float("nan"))},
        {"total_unit": Data(Tag.NULL, None)},
    ],
)
def test_without_its_total_there_is_no_reading(changes: dict[str, Value]) -> None:
    with pytest.raises(MalformedData):
        read(meter(**changes))


@pytest.mark.parametrize(
    "octets",
    ["07ea0b00010a000000003c00", "07ea0b1d0718000000003c00", "07ea0b1d070a00000000 7fff 00", "0000" + "00" * 10, "01"],
)
def test_a_clock_that_has_lost_its_time_costs_the_time_only(octets: str) -> None:
    found = read(meter(clock=Data(Tag.OCTET_STRING, bytes.fromhex(octets))))
    assert (found.meter_time, found.drift_s, found.warnings) == (None, None, ("clock-not-set",))
    assert found.total == read(meter()).total


@pytest.mark.parametrize("changes", [{"t1": Data(Tag.OCTET_STRING, b"1")}, {"t1_unit": Data(Tag.NULL, None)}])
def test_a_tariff_that_makes_no_sense_costs_itself_only(changes: dict[str, Value]) -> None:
    found, sound = read(meter(**changes)), read(meter())
    assert found.warnings == ("registers-set-aside",)
    assert (found.total, found.tariffs) == (sound.total, {k: v for k, v in sound.tariffs.items() if k != "t1"})


def test_a_breaker_that_makes_no_sense() -> None:
    found = read(meter(control=Data(Tag.ENUM, 9), output=Data(Tag.UNSIGNED, 1)))
    assert found.breaker == Breaker(None, None)


data = st.builds(Data, st.just(Tag.UNSIGNED), st.integers(0, 255)) | st.builds(
    Data, st.just(Tag.OCTET_STRING), st.binary(max_size=12)
)


@given(st.dictionaries(st.sampled_from(sorted(meter())), data | st.sampled_from(DataAccessResult), max_size=6))
def test_any_answers_give_a_reading_or_a_documented_error(changes: dict[str, Value]) -> None:
    try:
        read({**meter(), **changes})
    except EplusError as error:
        assert error.code in ("other-meter", "access-refused", "malformed-data", "serial-unreadable")


def test_a_clock_without_deviation_stands_in_the_tablets_zone() -> None:
    octets = encode_date_time(TABLET_TIME)[:9] + b"\x80\x00\xff"
    assert clock_time(Data(Tag.OCTET_STRING, octets), TABLET_TIME) == TABLET_TIME
