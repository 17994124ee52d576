"""A reading made from a readout: the data sets of IEC 62056-21:2002 as registers."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from agent.dlms.iec21 import DataSet
from agent.domain.errors import AccessRefused, MalformedData, OtherMeter
from agent.domain.reading import MeterReading, Quantity
from agent.meters import ReadoutModel

_PREFIXES = {"": 0, "k": 3, "M": 6}
_UNIT = "Wh"


def reading_of(model: ReadoutModel, serial: str | None, data_sets: tuple[DataSet, ...]) -> MeterReading:
    """The registers that the model names; with a serial number, only of that meter.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: the readout lacks the serial number or the total.
        MalformedData: a register does not hold an energy.
    """
    sets = {data_set.address.removeprefix("1-0:").split("*")[0]: data_set for data_set in data_sets}
    found = _first(sets, model.serial_number)
    if found is None:
        raise AccessRefused(object=model.serial_number[0], result="object-undefined")
    if serial is not None and found.upper() != serial:
        raise OtherMeter(expected=serial, found=found.upper())
    total = _quantity(sets, model.total)
    if total is None:
        raise AccessRefused(object=model.total, result="object-undefined")
    tariffs = {name: quantity for name, address in model.tariffs.items() if (quantity := _quantity(sets, address))}
    return MeterReading(
        serial=found.upper(),
        tariffs=tariffs,
        total=total,
        meter_time=None,
        drift_s=None,
        app_version=_first(sets, model.app_version),
        breaker=None,
        warnings=_sum_warnings(tariffs, total),
    )


def _first(sets: Mapping[str, DataSet], addresses: tuple[str, ...]) -> str | None:
    return next((sets[address].values[0][0].strip() for address in addresses if address in sets), None)


def _quantity(sets: Mapping[str, DataSet], address: str) -> Quantity | None:
    """The data set as an exact number of Wh, whatever prefix its unit has."""
    data_set = sets.get(address)
    if data_set is None:
        return None
    text, unit = data_set.values[0]
    prefix = (unit or _UNIT).removesuffix(_UNIT)
    try:
        value = Decimal(text).scaleb(_PREFIXES[prefix])
    except (InvalidOperation, KeyError):
        raise MalformedData(f"{address} holds no energy") from None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise MalformedData(f"{address} holds no energy")
    return Quantity(f"1.0.{address}.255", value, exponent, _UNIT)


def _sum_warnings(tariffs: Mapping[str, Quantity], total: Quantity) -> tuple[str, ...]:
    """A warning if T1…T6 do not add up. A readout is taken at one moment, so only rounding may make them differ."""
    if not tariffs:
        return ()
    rounding = Decimal(1).scaleb(max(quantity.scaler for quantity in (total, *tariffs.values()))) * len(tariffs)
    off = abs(sum((quantity.value for quantity in tariffs.values()), Decimal(0)) - total.value)
    return ("sum-mismatch",) if off >= rounding else ()
