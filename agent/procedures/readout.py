"""A reading made from a readout: the data sets of IEC 62056-21:2002 as registers."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from agent.dlms.iec21 import (
    NOT_SET,
    DataAddress,
    DataBlock,
    DataSet,
    parse_address,
    parse_date_and_time,
    parse_timestamp,
)
from agent.domain.errors import AccessRefused, MalformedData, OtherMeter, RemoteRefusal
from agent.domain.reading import MeterReading, Quantity
from agent.domain.serial import is_serial
from agent.meters import ReadoutModel

_SCALERS = {"WH": 0, "KWH": 3, "MWH": 6}
_UNIT = "Wh"
_NUMBER = re.compile(r"\d{1,18}([.,]\d{1,9})?")
_WITH_UNIT = re.compile(r"([\d.,]+) *([kM]?Wh)", re.IGNORECASE)
_HEX_TEXT = re.compile(r"([0-9A-F]{2}){8,32}")
_ELECTRICITY, _ABSTRACT = 1, 0
_CLOCKS, _TIME_OF_DAY, _DATE = ("1.0.0", "0.9.4"), "0.9.1", "0.9.2"

CLOCK_NOT_SET, SET_ASIDE = "clock-not-set", "lines-set-aside"
SUM_MISMATCH, TOTAL_IS_SUM = "sum-mismatch", "total-is-sum"
"""Warnings of a reading."""

_Sets = Mapping[str, DataSet]
"""The present values of this meter, by `C.D.E`."""


class _NoEnergy(ValueError):
    """A data set does not hold an energy."""


def reading_of(model: ReadoutModel, serial: str | None, block: DataBlock, at: datetime) -> MeterReading:
    """The registers that the model names; with a serial number, only of that meter. `at` is the tablet's time.

    Lines and registers that make no sense are left out with a warning. Without a total it is the sum of the tariffs,
    with a warning; stored values of former periods never stand for present ones. There is no drift: how long ago the
    meter wrote its time cannot be told, a readout may take minutes.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: the readout lacks the serial number, or has neither a total nor whole tariffs.
        RemoteRefusal: `meter-error`, if it is nothing but an error message.
        MalformedData: `serial-unreadable`, if the serial number is none that a meter can have here.
    """
    found = identified(model, serial, block)
    sets = _present_values(block.data_sets)
    energies, damaged = _energies(model, sets)
    total = energies.pop("total", None)
    warnings = [SET_ASIDE] if block.set_aside or damaged else []
    all_tariffs_read = not damaged & model.tariffs.keys()
    if total is None:
        if not all_tariffs_read or not _are_all_there(energies):
            raise AccessRefused(object=model.total, result="object-undefined")
        total = _sum(energies)
        warnings.append(TOTAL_IS_SUM)
    elif all_tariffs_read:
        warnings += _sum_warnings(energies, total)
    meter_time = _meter_time(sets)
    warnings += [CLOCK_NOT_SET] if meter_time == NOT_SET else []
    return MeterReading(
        serial=found,
        tariffs=energies,
        total=total,
        meter_time=_aware(meter_time, at) if isinstance(meter_time, datetime) else None,
        drift_s=None,
        app_version=_first(sets, model.app_version),
        breaker=None,
        warnings=tuple(warnings),
    )


def identified(model: ReadoutModel, serial: str | None, block: DataBlock) -> str:
    """The serial number. Raises as `reading_of`."""
    _refuse_error_message(block)
    found = _serial_number(model, _present_values(block.data_sets))
    if serial is not None and found != serial:
        raise OtherMeter(expected=serial, found=found)
    return found


def _refuse_error_message(block: DataBlock) -> None:
    texts = [value for data_set in block.data_sets if not data_set.address for value, _ in data_set.values]
    if texts and all(not data_set.address for data_set in block.data_sets) and "ERR" in texts[0].upper():
        raise RemoteRefusal(code="meter-error", text=texts[0][:32])


def _present_values(data_sets: Iterable[DataSet]) -> _Sets:
    """Without stored values. Of several with one code, that of the meter itself counts, not of another channel."""
    found: dict[str, tuple[int, DataSet]] = {}
    for data_set in data_sets:
        address = parse_address(data_set.address)
        if address is None or address.history is not None:
            continue
        rank = _rank(address)
        if rank is not None and (address.code not in found or rank < found[address.code][0]):
            found[address.code] = rank, data_set
    return {code: data_set for code, (_, data_set) in found.items()}


def _rank(address: DataAddress) -> int | None:
    """The less, the surer it is that the value is of this electricity meter; None if it is not."""
    if address.medium not in (None, _ELECTRICITY, _ABSTRACT):
        return None
    if address.medium == _ABSTRACT and address.channel:
        return None  # a meter of gas or water behind this one
    return (address.channel or 0) * 2 + (address.medium == _ABSTRACT)


def _serial_number(model: ReadoutModel, sets: _Sets) -> str:
    found = _first(sets, model.serial_number)
    if found is None:
        raise AccessRefused(object=model.serial_number[0], result="object-undefined")
    serial = found.upper()
    if _HEX_TEXT.fullmatch(serial) and is_serial(decoded := bytes.fromhex(serial).decode("latin-1").strip().upper()):
        return decoded
    if not is_serial(serial):
        raise MalformedData(code="serial-unreadable", retryable=False)
    return serial


def _meter_time(sets: _Sets) -> datetime | str | None:
    """None without a clock, or if it is written in no form that is known."""
    text = _first(sets, _CLOCKS)
    if text is not None and (found := parse_timestamp(text)) is not None:
        return found
    date, time = _first(sets, (_DATE,)), _first(sets, (_TIME_OF_DAY,))
    return parse_date_and_time(date, time) if date is not None and time is not None else None


def _aware(meter_time: datetime, at: datetime) -> datetime:
    return meter_time if meter_time.tzinfo is not None else meter_time.replace(tzinfo=at.tzinfo)


def _first(sets: _Sets, addresses: tuple[str, ...]) -> str | None:
    """The first value that is not empty."""
    values = (sets[address].values[0][0].strip() for address in addresses if address in sets)
    return next((value for value in values if value), None)


def _energies(model: ReadoutModel, sets: _Sets) -> tuple[dict[str, Quantity], set[str]]:
    """Total and tariffs as far as they can be read, and the names of those that cannot."""
    energies: dict[str, Quantity] = {}
    damaged: set[str] = set()
    for name, code in {"total": model.total, **model.tariffs}.items():
        if code in sets:
            try:
                energies[name] = _quantity(code, sets[code], model.unit)
            except _NoEnergy:
                damaged.add(name)
    return energies, damaged


def _quantity(code: str, data_set: DataSet, default_unit: str | None) -> Quantity:
    """The data set as an exact number of Wh, whatever prefix its unit has."""
    text, unit = data_set.values[0]
    if unit is None and (glued := _WITH_UNIT.fullmatch(text.strip())):
        text, unit = glued.groups()
    scaler = _SCALERS.get((unit or default_unit or "").strip().upper())
    if scaler is None or not _NUMBER.fullmatch(text.strip()):
        raise _NoEnergy(code)
    value = Decimal(text.strip().replace(",", ".")).scaleb(scaler)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return Quantity(f"1.0.{code}.255", value, exponent, _UNIT)


def _are_all_there(tariffs: Mapping[str, Quantity]) -> bool:
    """Whether tariffs are counted from T1 on, without a gap: where one is not sent, the rest is no total."""
    return bool(tariffs) and tariffs.keys() == {f"t{number}" for number in range(1, len(tariffs) + 1)}


def _sum(tariffs: Mapping[str, Quantity]) -> Quantity:
    value = sum((quantity.value for quantity in tariffs.values()), Decimal(0))
    return Quantity("1.0.1.8.0.255", value, max(quantity.scaler for quantity in tariffs.values()), _UNIT)


def _sum_warnings(tariffs: Mapping[str, Quantity], total: Quantity) -> list[str]:
    """A warning if T1…T6 do not add up. A readout is taken at one moment, so only rounding may make them differ."""
    if not tariffs:
        return []
    rounding = Decimal(1).scaleb(max(quantity.scaler for quantity in (total, *tariffs.values()))) * len(tariffs)
    off = abs(sum((quantity.value for quantity in tariffs.values()), Decimal(0)) - total.value)
    return [SUM_MISMATCH] if off >= rounding else []
