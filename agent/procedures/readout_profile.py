"""A load profile made from a readout: lines such as `P.01(1210302001500)(00)(15)(2)(1.5)(kW)(2.5)(kW)`, each followed
by rows such as `(0.00320)(0.000)`.

The head has the time of its first row, the status of all its rows, the minutes between them, and the columns with
their units. A meter begins a new head after a gap, and when the status changes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from agent.dlms.iec21 import NOT_SET, DataBlock, DataSet, parse_address, parse_timestamp
from agent.domain.errors import AccessRefused
from agent.domain.parameters import ReadRange
from agent.domain.results import Cell, LoadProfile, ProfileChannel, ProfileInfo
from agent.meters import ReadoutModel
from agent.procedures.readout import identified

ROWS_SET_ASIDE, WITHOUT_TIME = "rows-set-aside", "rows-without-time"
"""Warnings of a load profile."""

_TIME = ProfileChannel("8/0.0.1.0.0.255/2", None, None)
_STATUS = ProfileChannel("1/0.0.96.10.1.255/2", None, None)
_CODE = re.compile(r"(?:(?:(\d{1,3})-)?(\d{1,3}):)?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?:[*&]\d{1,3})?")
_PREFIXED = re.compile(r"([kM])(Wh|W|varh|var|VAh|VA|V|A)", re.IGNORECASE)
_UNITS = {unit.upper(): unit for unit in ("Wh", "W", "varh", "var", "VAh", "VA", "V", "A")}
_PREFIXES = {"K": 3, "M": 6}
_NUMBER = re.compile(r"-?\d{1,18}([.,]\d{1,9})?")
_STATUS_WORD = re.compile(r"[0-9A-Fa-f]{1,16}")
_PERIOD = re.compile(r"\d{1,5}")
_FACTS_OF_HEAD = 4
_AVERAGES = {4: "5/{}/2", 5: "5/{}/3"}
"""By value group D: the attributes of a Demand register with the current and the last average."""
_MAX_COLUMNS = 62


@dataclass(frozen=True)
class _Head:
    """`at` is the time of the first row; None where the meter's clock was not set."""

    at: datetime | None
    status: int | None
    period: timedelta
    columns: tuple[ProfileChannel, ...]
    scalers: tuple[int, ...]


@dataclass(frozen=True)
class _Rows:
    heads: tuple[tuple[_Head, tuple[tuple[Decimal | None, ...], ...]], ...]
    warnings: tuple[str, ...]


def profile_of(model: ReadoutModel, serial: str | None, block: DataBlock, wanted: ReadRange) -> LoadProfile:
    """The rows of a range of time, in the meter's order. Rows without a time are always there; rows and heads that make
    no sense are left out with a warning.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: the readout lacks the serial number, or has no load profile.
        MalformedData: `serial-unreadable`.
    """
    found, channels, rows, warnings = _read(model, serial, block)
    period = _period(rows)
    if any(row[0] is None for row in rows):
        warnings = (*warnings, WITHOUT_TIME)
    in_range = tuple(row for row in rows if _is_in(row[0], wanted))
    return LoadProfile(found, channels, period, in_range, len(rows), warnings=warnings)


def profile_info_of(
    model: ReadoutModel, serial: str | None, block: DataBlock, since: datetime | None = None
) -> ProfileInfo:
    """What the load profile holds. Raises as `profile_of`."""
    found, channels, rows, warnings = _read(model, serial, block)
    times = [row[0].astimezone() for row in rows if isinstance(row[0], datetime)]
    new = len(rows) if since is None else sum(time > since for time in times)
    first, last = min(times, default=None), max(times, default=None)
    return ProfileInfo(found, channels, _period(rows), len(rows), first, last, since, new, warnings=warnings)


_Row = tuple[Cell, ...]


def _read(
    model: ReadoutModel, serial: str | None, block: DataBlock
) -> tuple[str, tuple[ProfileChannel, ...], list[_Row], tuple[str, ...]]:
    found = identified(model, serial, block)
    read = _rows_of(model.load_profile, block.data_sets)
    if not read.heads and not read.warnings:
        raise AccessRefused(object=model.load_profile, result="object-undefined")
    columns = tuple(dict.fromkeys(column for head, _ in read.heads for column in head.columns))
    rows = [row for head, values in read.heads for row in _timed(head, values, columns)]
    return found, (_TIME, _STATUS, *columns), rows, read.warnings


def _rows_of(address: str, data_sets: Sequence[DataSet]) -> _Rows:
    heads: list[tuple[_Head, list[tuple[Decimal | None, ...]]]] = []
    head: _Head | None = None
    is_odd = is_within = False
    for data_set in data_sets:
        texts = [value for value, _ in data_set.values]
        if data_set.address:
            is_within = data_set.address == address
            head = _head(texts) if is_within else None
            is_odd |= is_within and head is None
            heads += [(head, [])] if head else []
        elif is_within and head is None:
            is_odd = True
        elif head is not None:
            values = _values(texts, head)
            is_odd |= None in values
            heads[-1][1].append(values)
    return _Rows(tuple((head, tuple(rows)) for head, rows in heads), (ROWS_SET_ASIDE,) if is_odd else ())


def _head(texts: list[str]) -> _Head | None:
    """None if it makes no sense."""
    if len(texts) < _FACTS_OF_HEAD or len(texts) % 2 or len(texts) > _FACTS_OF_HEAD + 2 * _MAX_COLUMNS:
        return None
    stamp, status, period, count = texts[:_FACTS_OF_HEAD]
    described = texts[_FACTS_OF_HEAD:]
    at = parse_timestamp(stamp)
    if at is None or not _PERIOD.fullmatch(period) or count.lstrip("0") != str(len(described) // 2):
        return None
    units = [_unit(text) for text in described[1::2]]
    columns = tuple(
        ProfileChannel(_channel(code), scaler, unit) for code, (unit, scaler) in zip(described[::2], units, strict=True)
    )
    return _Head(
        at=None if at == NOT_SET else at,
        status=int(status, 16) if _STATUS_WORD.fullmatch(status) else None,
        period=timedelta(minutes=int(period)),
        columns=tuple(replace(column, scaler=0) for column in columns),
        scalers=tuple(scaler for _, scaler in units),
    )


def _channel(code: str) -> str:
    """`class/logical name/attribute`; the code itself if it is no address."""
    found = _CODE.fullmatch(code.strip())
    if found is None or parse_address(f"{found[3]}.{found[4]}") is None:
        return code[:64]
    medium, channel, c, d, e = (found[n] for n in range(1, 6))
    name = f"{medium or 1}.{channel or 0}.{c}.{d}.{e or 0}.255"
    return _AVERAGES.get(int(d), "3/{}/2").format(name)


def _unit(text: str) -> tuple[str | None, int]:
    """The unit without its prefix, and the power of ten that stands for that."""
    unit = text.strip()
    if found := _PREFIXED.fullmatch(unit):
        return _UNITS[found[2].upper()], _PREFIXES[found[1].upper()]
    return _UNITS.get(unit.upper(), unit[:16]) or None, 0


def _values(texts: list[str], head: _Head) -> tuple[Decimal | None, ...]:
    """A cell for each column; None for what is no number, and for all of a row with another number of cells."""
    if len(texts) != len(head.columns):
        return (None,) * len(head.columns)
    cells = zip(texts, head.scalers, strict=True)
    return tuple(
        Decimal(text.strip().replace(",", ".")).scaleb(scaler) if _NUMBER.fullmatch(text.strip()) else None
        for text, scaler in cells
    )


def _timed(
    head: _Head, values: Sequence[tuple[Decimal | None, ...]], columns: Sequence[ProfileChannel]
) -> Iterator[_Row]:
    """A row whose values make no sense keeps its place in time, and is left out."""
    for number, row in enumerate(values):
        if any(value is not None for value in row):
            at = None if head.at is None else (head.at + number * head.period).replace(fold=head.at.fold)
            known = dict(zip(head.columns, row, strict=True))
            yield (at, head.status, *(known.get(column) for column in columns))


def _period(rows: Sequence[_Row]) -> int:
    """Seconds between rows, as most of them have it."""
    times = [row[0] for row in rows if isinstance(row[0], datetime)]
    steps = [int((later - earlier).total_seconds()) for earlier, later in pairwise(times)]
    return max(set(steps), key=steps.count) if steps else 0


def _is_in(at: Cell, wanted: ReadRange) -> bool:
    return not isinstance(at, datetime) or wanted.first <= at.astimezone() <= wanted.last
