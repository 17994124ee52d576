"""A list of the central system: its columns, filters and sorting, and the part of it that a URL asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import g, request
from sqlalchemy import Select, SQLColumnExpression, String, cast, or_

from agent.domain.table import Cell

MAX_OFFSET_MINUTES = 14 * 60
_PANEL = ("activity", "new", "order", "serial", "tablet", "time", "user")
"""Arguments of a URL that say which panel is open, and what it is about."""


@dataclass(frozen=True)
class Column:
    """`value` is what CSV and page show of a row; sorting and finding work on `expression`.

    `secondary` columns are hidden while a panel is open; `mark` is an icon before the value, `link` where it leads.
    """

    name: str
    expression: SQLColumnExpression[Any]
    value: Callable[[Any], Cell]
    kind: str = "text"
    mark: Callable[[Any], str | None] = lambda _row: None
    secondary: bool = False
    link: Callable[[Any], str | None] = lambda _row: None


@dataclass(frozen=True)
class Filter:
    """Finds part of a text, or one of `options` (value and label); with `bound`, times from or up to a day."""

    name: str
    expression: SQLColumnExpression[Any]
    options: Sequence[tuple[str, str]] = ()
    bound: Literal["", "from", "to"] = ""


@dataclass(frozen=True)
class Report:
    """A list. Each of `groups` names the columns that share one cell of the page, one below the other.

    Rows with `first` come before the others, however they are sorted. `key` identifies a row where rows can be ticked
    or have a panel.
    """

    title: str
    path: str
    query: Select[*tuple[Any, ...]]
    columns: Sequence[Column]
    groups: Sequence[Sequence[str]]
    filters: Sequence[Filter]
    default_sort: str
    tie: Sequence[SQLColumnExpression[Any]] = ()
    """What equal rows are sorted by, so that no row appears on two pages."""
    may_lack: Sequence[str] = ()
    """Columns that may be empty: sorted with the empty ones last, along an index of that order."""
    has_times: bool = True
    is_report: bool = True
    caption: str = ""
    gap: tuple[str, str] | None = None
    """The column that is empty if nothing is known of the row, and the text to show instead."""
    first: SQLColumnExpression[Any] | None = None
    counted: Select[*tuple[Any, ...]] | None = None
    """A query with as many rows that is faster to count; the filters apply to its tables."""
    key: Callable[[Any], str] = lambda _row: ""
    by_name: dict[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})


def offset() -> timedelta:
    """The value of *Offset minutes from UTC*; 0 if it is not a number."""
    try:
        minutes = int(request.args.get("offset", "0") or "0")
    except ValueError:
        minutes = 0
    return timedelta(minutes=max(-MAX_OFFSET_MINUTES, min(MAX_OFFSET_MINUTES, minutes)))


def local(moment: datetime | None) -> datetime | None:
    """For showing: in the user's time zone, or else with the chosen offset, without zone and microseconds."""
    return None if moment is None else moment.astimezone(_zone()).replace(tzinfo=None, microsecond=0)


def _zone() -> tzinfo:
    return ZoneInfo(g.me.time_zone) if g.me.time_zone else timezone(offset())


def in_utc(moment: datetime | None) -> datetime | None:
    """For showing: in UTC, without zone and microseconds."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def filtered(report: Report) -> Select[*tuple[Any, ...]]:
    """The rows that the URL's filters let through."""
    return _filtered(report, report.query)


def filtered_count(report: Report) -> Select[*tuple[Any, ...]]:
    """A query with as many rows as `filtered`, for counting."""
    return _filtered(report, report.query if report.counted is None else report.counted)


def _filtered(report: Report, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    for wanted in report.filters:
        value = request.args.get(wanted.name, "").strip()
        if value and wanted.bound:
            query = _bounded(query, wanted, value)
        elif value and wanted.options:
            query = query.where(wanted.expression == value)
        elif value:
            query = query.where(cast(wanted.expression, String).icontains(value, autoescape=True))
    if text := request.args.get("find", "").strip():
        texts = [column.expression for column in report.columns if column.kind in ("text", "serial")]
        query = query.where(or_(*(cast(text_, String).icontains(text, autoescape=True) for text_ in texts)))
    return query


def _bounded(query: Select[*tuple[Any, ...]], wanted: Filter, day: str) -> Select[*tuple[Any, ...]]:
    """From the beginning of the day, or up to its end; all rows if `day` is not a date."""
    try:
        begin = datetime.combine(date.fromisoformat(day), time(), _zone())
        end = (begin + timedelta(days=1)).astimezone(UTC)  # a local day need not have 24 hours
        begin = begin.astimezone(UTC)
    except (ValueError, OverflowError):
        return query
    return query.where(wanted.expression >= begin if wanted.bound == "from" else wanted.expression < end)


def in_order(report: Report, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The query, sorted as the URL asks."""
    name, descending = sort_of(report)
    expression = report.by_name[name].expression
    first = () if report.first is None else (report.first.desc(),)
    column = expression.desc() if descending else expression.asc()
    if descending and name in report.may_lack:
        column = column.nulls_last()
    return query.order_by(*first, column, *report.tie)


def sort_of(report: Report) -> tuple[str, bool]:
    """The column that `sort=name` asks for, and whether descending (`sort=-name`)."""
    wanted = request.args.get("sort", report.default_sort)
    name = wanted.removeprefix("-")
    return (name, wanted.startswith("-")) if name in report.by_name else (report.default_sort.removeprefix("-"), True)


def kept() -> dict[str, str]:
    """The arguments that filter, sort and page the list; not those of the panel."""
    return {name: value for name, value in request.args.items() if name not in _PANEL}


def address(**changes: object) -> str:
    """The URL of this list as it is shown, with `changes`, for example to open a panel."""
    arguments = {**kept(), **{name: str(value) for name, value in changes.items()}}
    return f"{request.path}?{urlencode(arguments)}" if arguments else request.path


def integer(name: str, default: int) -> int:
    """A number among the URL's arguments."""
    try:
        return int(request.args.get(name, default))
    except ValueError:
        return default
