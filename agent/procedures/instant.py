"""Instantaneous values: voltages, currents, power, power factor and frequency, as far as the meter has them."""

from agent.dlms import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.cosem.registers import register
from agent.domain.activity import Activity
from agent.domain.errors import AccessRefused, MalformedData
from agent.domain.parameters import NOTHING, Parameters
from agent.domain.reading import Quantity
from agent.domain.results import InstantValues
from agent.meters import MeterModel
from agent.procedures.clock import read_clock
from agent.procedures.dialogue import Dialogue, Steps, ask
from agent.procedures.identify import identify

REGISTER, VALUE, SCALER_UNIT = 3, 2, 3
SET_ASIDE = "registers-set-aside"
"""A warning."""


def instant(model: MeterModel, serial: str | None, _parameters: Parameters = NOTHING) -> Dialogue[InstantValues]:
    """Reads what the meter measures now; with a serial number, only at that meter.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it gives none of the values that the model names.
    """
    step = Steps(Activity.INSTANT.facts.steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readclock")
    clock = (yield from read_clock(model, found)) if model.clock else None
    yield step("readvalues")
    quantities, warnings = yield from _quantities(model)
    if not quantities:
        raise AccessRefused(object="instant", result=DataAccessResult.OBJECT_UNDEFINED.words)
    if clock is not None:
        warnings = (*clock.warnings, *warnings)
    return InstantValues(found, quantities, clock.meter_time if clock else None, warnings)


def _quantities(model: MeterModel) -> Dialogue[tuple[dict[str, Quantity], tuple[str, ...]]]:
    """Reads each value in the same request as its scaler and unit, which belong together. One that makes no sense is
    left out with a warning."""
    objects = {name: Obis.parse(obis) for name, obis in model.instant.items()}
    attributes = [AttributeDescriptor(REGISTER, obis, n) for obis in objects.values() for n in (VALUE, SCALER_UNIT)]
    if not attributes:
        return {}, ()
    answer = yield from ask(tuple(attributes))
    pairs = zip(answer.values[::2], answer.values[1::2], strict=True)
    quantities: dict[str, Quantity] = {}
    warnings: tuple[str, ...] = ()
    for (name, obis), (value, scaler_unit) in zip(objects.items(), pairs, strict=True):
        if isinstance(value, DataAccessResult) or isinstance(scaler_unit, DataAccessResult):
            continue
        try:
            exact = register(value, scaler_unit)
        except MalformedData:
            warnings = (SET_ASIDE,)
        else:
            quantities[name] = Quantity(str(obis), exact.value, exact.scaler, exact.unit)
    return quantities, warnings
