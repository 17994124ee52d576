"""A reading: energy registers T1…T6 and their total, with clock, firmware version and breaker state.

IEC 62056-6-2:2017: Data (class_id 1), Register (3) or Extended register (4), Clock (8), Disconnect control (70).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis
from agent.dlms.cosem.registers import scaled
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.cosem.values import boolean, number, text
from agent.domain.activity import Activity
from agent.domain.errors import AccessRefused, MalformedData
from agent.domain.parameters import NOTHING, Parameters
from agent.domain.reading import Breaker, BreakerState, MeterReading, Quantity
from agent.meters import MeterModel
from agent.procedures.association_view import (
    ObjectView,
    keep_objects,
    known_objects,
    listed_objects,
    noting_undefined,
)
from agent.procedures.dialogue import Dialogue, Steps, ask
from agent.procedures.identify import identify
from agent.procedures.values import clock_time, refused

CLOCK, DATA, DISCONNECT_CONTROL, REGISTER = 8, 1, 70, 3
CLOCK_NOT_SET, SET_ASIDE, SUM_MISMATCH = "clock-not-set", "registers-set-aside", "sum-mismatch"
OBJECTS_SKIPPED = "objects-skipped"
"""Warnings of a reading."""


def reading(model: MeterModel, serial: str | None, _parameters: Parameters = NOTHING) -> Dialogue[MeterReading]:
    """Reads a meter of this model; with a serial number, only that meter.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it does not give something that its model must have.
        MalformedData: it gives a value of the wrong type.
    """
    step = Steps(Activity.READING.facts.steps)
    readserial = step("readserial")
    yield readserial
    found = yield from identify(model, serial)
    if not model.from_object_list:
        return (yield from _reading_of(model, found))
    view = yield from known_objects(model, readserial)
    result = yield from _with_view(model, found, view)
    if result is None:  # the list that was kept is of other meters
        view = yield from listed_objects(view.kind, readserial)
        result = yield from _with_view(model, found, view)
        assert result is not None, "only a kept list may be wrong"
    if view.skipped:
        result = replace(result, warnings=(*result.warnings, OBJECTS_SKIPPED))
    return result


def _with_view(model: MeterModel, serial: str, view: ObjectView) -> Dialogue[MeterReading | None]:
    """The reading by these objects; None if the list was kept and does not fit: the meter does not have one of them,
    or its tariffs do not add up, of which one may be missing in the list."""
    undefined: set[str] = set()
    try:
        result = yield from noting_undefined(_reading_of(view.fit(model), serial), undefined)
    except AccessRefused:
        if view.is_kept and view.names & undefined:
            return None
        raise
    if view.is_kept:
        return None if view.names & undefined or SUM_MISMATCH in result.warnings else result
    yield from keep_objects(view, undefined)
    return result


def _reading_of(model: MeterModel, found: str) -> Dialogue[MeterReading]:
    """All but the serial number, which is known."""
    step = Steps(Activity.READING.facts.steps)
    yield step("readclock")
    meter_time, drift, clock_is_there = yield from _clock(model)
    yield step("readversion")
    version = yield from _app_version(model)
    yield step("readbreaker")
    breaker = yield from _breaker(model)
    yield step("readscalers")
    resolutions, unknown = yield from _resolutions(model)
    yield step("readregisters")
    registers, unreadable = yield from _registers(resolutions)
    yield step("checksum")
    sum_warnings = () if unknown or unreadable else (yield from _sum_warnings(model, registers))
    found_out = {CLOCK_NOT_SET: meter_time is None and clock_is_there, SET_ASIDE: bool(unknown or unreadable)}
    warnings = (*(code for code, holds in found_out.items() if holds), *sum_warnings)
    return MeterReading(
        serial=found,
        tariffs={name: quantity for name, quantity in registers.items() if name != "total"},
        total=registers["total"],
        meter_time=meter_time,
        drift_s=drift,
        app_version=version,
        breaker=breaker,
        warnings=warnings,
    )


def _clock(model: MeterModel) -> Dialogue[tuple[datetime | None, int | None, bool]]:
    """Time, drift in seconds, and whether there is a clock at all."""
    if model.clock is None:
        return None, None, False
    clock = AttributeDescriptor(CLOCK, Obis.parse(model.clock), 2)
    answer = yield from ask((clock,))
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        _allow_missing(model, "clock", clock, value)
        return None, None, False
    meter_time = clock_time(value, answer.at)
    drift = None if meter_time is None else round((meter_time - answer.at).total_seconds())
    return meter_time, drift, True


def _app_version(model: MeterModel) -> Dialogue[str | None]:
    if model.app_version is None:
        return None
    version = AttributeDescriptor(DATA, Obis.parse(model.app_version), 2)
    answer = yield from ask((version,))
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        _allow_missing(model, "app_version", version, value)
        return None
    return text(value)


def _breaker(model: MeterModel) -> Dialogue[Breaker | None]:
    if model.disconnect_control is None:
        return None
    name = Obis.parse(model.disconnect_control)
    output_state = AttributeDescriptor(DISCONNECT_CONTROL, name, 2)
    control_state = AttributeDescriptor(DISCONNECT_CONTROL, name, 3)
    answer = yield from ask((output_state, control_state))
    output, control = answer.values
    if isinstance(control, DataAccessResult):
        _allow_missing(model, "disconnect_control", control_state, control)
        return None
    return Breaker(
        control=_breaker_state(control),
        output=None if isinstance(output, DataAccessResult) else _output_state(output),
    )


def _breaker_state(value: Data) -> BreakerState | None:
    try:
        return BreakerState(int(number(value)))
    except (ValueError, MalformedData):
        return None


def _output_state(value: Data) -> bool | None:
    try:
        return boolean(value)
    except MalformedData:
        return None


def _resolutions(model: MeterModel) -> Dialogue[tuple[dict[str, tuple[AttributeDescriptor, int, str]], set[str]]]:
    """Value attribute, scaler and unit of each register that the meter has, the total first; and the names of tariffs
    whose scaler and unit make no sense."""
    names = {"total": model.total, **model.tariffs}
    objects = {name: Obis.parse(obis) for name, obis in names.items()}
    answer = yield from ask(tuple(AttributeDescriptor(_class_of(model, obis), obis, 3) for obis in objects.values()))
    found: dict[str, tuple[AttributeDescriptor, int, str]] = {}
    odd: set[str] = set()
    for (name, obis), value in zip(objects.items(), answer.values, strict=True):
        if isinstance(value, DataAccessResult):
            _allow_missing(model, name, AttributeDescriptor(_class_of(model, obis), obis, 3), value)
            continue
        try:
            scaler, unit = scaler_and_unit(value)
        except MalformedData:
            if name == "total":  # without it there is no reading
                raise
            odd.add(name)
        else:
            found[name] = (AttributeDescriptor(_class_of(model, obis), obis, 2), scaler, unit)
    return found, odd


def _registers(
    resolutions: Mapping[str, tuple[AttributeDescriptor, int, str]],
) -> Dialogue[tuple[dict[str, Quantity], set[str]]]:
    """The registers, and the names of tariffs whose value makes no sense."""
    answer = yield from ask(tuple(value for value, _, _ in resolutions.values()))
    quantities: dict[str, Quantity] = {}
    odd: set[str] = set()
    for (name, (attribute, scaler, unit)), value in zip(resolutions.items(), answer.values, strict=True):
        if isinstance(value, DataAccessResult):
            raise refused(attribute, value)
        try:
            quantities[name] = Quantity(str(attribute.obis), scaled(value, scaler, unit).value, scaler, unit)
        except MalformedData:
            if name == "total":  # without it there is no reading
                raise
            odd.add(name)
    return quantities, odd


def _sum_warnings(model: MeterModel, registers: Mapping[str, Quantity]) -> Dialogue[tuple[str, ...]]:
    """A warning if T1…T6 do not add up to the total.

    Registers keep counting while a meter gives them one at a time. So the sum may differ from the total that was read
    first, as long as it lies between that and the total read again last.
    """
    tariffs = [quantity.value for name, quantity in registers.items() if name != "total"]
    total = registers["total"]
    if not tariffs or sum(tariffs) == total.value:
        return ()
    obis = Obis.parse(total.obis)
    answer = yield from ask((AttributeDescriptor(_class_of(model, obis), obis, 2),))
    again = answer.values[0]
    after = total.value if isinstance(again, DataAccessResult) else scaled(again, total.scaler, total.unit).value
    low, high = sorted((total.value, after))
    return () if low <= sum(tariffs, Decimal(0)) <= high else (SUM_MISMATCH,)


def _class_of(model: MeterModel, obis: Obis) -> int:
    return model.register_classes.get(str(obis), REGISTER)


def _allow_missing(model: MeterModel, name: str, attribute: AttributeDescriptor, result: DataAccessResult) -> None:
    if name in model.required or name == "total":
        raise refused(attribute, result)
