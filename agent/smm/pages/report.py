"""A table with filters, sort, pages and CSV: how every list of the central system is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, render_template, request
from sqlalchemy import Select, SQLColumnExpression, String, cast, func, or_, select
from sqlalchemy.orm import Session

from agent.domain.table import Cell, Table, csv_lines
from agent.smm.pages import visitor

PAGE_SIZE = 50
MAX_OFFSET_MINUTES = 14 * 60
_NARROW_SPACE = "\u202f"


@dataclass(frozen=True)
class Column:
    """`value` is what CSV and page show of the row; `sort` and `find` work on `expression`."""

    name: str
    expression: SQLColumnExpression[Any]
    value: Callable[[Any], Cell]
    kind: str = "text"
    mark: Callable[[Any], str | None] = lambda _row: None


@dataclass(frozen=True)
class Filter:
    """`like` finds parts of a text; options are value and label."""

    name: str
    expression: SQLColumnExpression[Any]
    options: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Report:
    """`groups` lists the columns that stand in one cell of the page, one under the other."""

    title: str
    path: str
    query: Select[*tuple[Any, ...]]
    columns: Sequence[Column]
    groups: Sequence[Sequence[str]]
    filters: Sequence[Filter]
    default_sort: str
    has_times: bool = True
    is_report: bool = True
    caption: str = ""
    gap: tuple[str, str] | None = None
    """Column that is empty where there is nothing known, and the words that stand there instead."""
    by_name: dict[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})


def offset() -> timedelta:
    """Of *Offset minutes from UTC*; 0 for anything that is none."""
    try:
        minutes = int(request.args.get("offset", "0") or "0")
    except ValueError:
        minutes = 0
    return timedelta(minutes=max(-MAX_OFFSET_MINUTES, min(MAX_OFFSET_MINUTES, minutes)))


def local(moment: datetime | None) -> datetime | None:
    """In the chosen offset, for showing."""
    return None if moment is None else (moment.astimezone(UTC) + offset()).replace(tzinfo=None, microsecond=0)


def in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def render_report(session: Session, report: Report) -> str:
    query = _filtered(report)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, _integer("page", 1)), pages)
    rows = session.execute(_sorted(report, query).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    shown = [_cells(report, row) for row in rows]
    return render_template(
        "table.html",
        title=report.title,
        caption=report.caption,
        filters=_shown_filters(report),
        groups=[_head(report, names) for names in report.groups],
        rows=shown,
        totals=visitor.t("total", total=total, showing=len(rows), selected=0),
        page=number,
        pages=pages,
        previous_url=_url(page=number - 1) if number > 1 else None,
        next_url=_url(page=number + 1) if number < pages else None,
        csv_url=f"{report.path}.csv?{urlencode(request.args.to_dict())}" if report.is_report else None,
    )


def csv_response(session: Session, report: Report) -> Response:
    """Every row that the filters let through; each column apart, in the report's order."""
    rows = session.execute(_sorted(report, _filtered(report))).all()
    values = [tuple(column.value(row) for column in report.columns) for row in rows]
    table = Table(tuple(column.name for column in report.columns), values)
    text = "\ufeff" + "".join(csv_lines(table, g.me.culture))
    name = report.path.rsplit("/", 1)[-1]
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


# ── what is asked for ──


def _filtered(report: Report) -> Select[*tuple[Any, ...]]:
    query = report.query
    for wanted in report.filters:
        value = request.args.get(wanted.name, "").strip()
        if value and wanted.options:
            query = query.where(wanted.expression == value)
        elif value:
            query = query.where(cast(wanted.expression, String).icontains(value, autoescape=True))
    if text := request.args.get("find", "").strip():
        texts = [column.expression for column in report.columns if column.kind in ("text", "serial")]
        query = query.where(or_(*(cast(text_, String).icontains(text, autoescape=True) for text_ in texts)))
    return query


def _sorted(report: Report, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    name, descending = _sort(report)
    expression = report.by_name[name].expression
    return query.order_by(expression.desc() if descending else expression.asc())


def _sort(report: Report) -> tuple[str, bool]:
    """Column and whether descending, of `sort=-name`."""
    wanted = request.args.get("sort", report.default_sort)
    name = wanted.removeprefix("-")
    return (name, wanted.startswith("-")) if name in report.by_name else (report.default_sort.removeprefix("-"), True)


def _integer(name: str, default: int) -> int:
    try:
        return int(request.args.get(name, default))
    except ValueError:
        return default


# ── what is shown ──


def _shown_filters(report: Report) -> list[dict[str, Any]]:
    shown = [
        {
            "label": wanted.name,
            "name": wanted.name,
            "value": request.args.get(wanted.name, ""),
            "options": wanted.options,
            "placeholder": visitor.t("any"),
            "numeric": False,
        }
        for wanted in report.filters
    ]
    find = {"label": visitor.t("find"), "name": "find", "value": request.args.get("find", ""), "placeholder": ""}
    shown.append({**find, "options": (), "numeric": False})
    if report.has_times:
        offset_ = {"label": visitor.t("offset"), "name": "offset", "value": request.args.get("offset", "0")}
        shown.append({**offset_, "options": (), "placeholder": "0", "numeric": True})
    return shown


def _head(report: Report, names: Sequence[str]) -> dict[str, Any]:
    sorted_name, descending = _sort(report)
    columns = [
        {
            "label": name,
            "is_sorted": name == sorted_name,
            "sort_url": _url(sort=f"-{name}" if name == sorted_name and not descending else name, page=1),
        }
        for name in names
    ]
    direction = ("descending" if descending else "ascending") if sorted_name in names else None
    return {"columns": columns, "classes": _classes(report, names), "sorted": direction}


def _cells(report: Report, row: Any) -> list[dict[str, Any]]:
    if report.gap is not None and report.by_name[report.gap[0]].value(row) is None:
        return _cells_with_gap(report, row, report.gap[1])
    return [_cell(report, names, row) for names in report.groups]


def _cells_with_gap(report: Report, row: Any, words: str) -> list[dict[str, Any]]:
    """The numbers that are not known, as one hatched cell."""
    cells: list[dict[str, Any]] = []
    for names in report.groups:
        if report.by_name[names[0]].kind != "energy":
            cells.append(_cell(report, names, row))
        elif cells and cells[-1]["classes"] == "gap num":
            cells[-1]["span"] += 1
        else:
            cells.append({"classes": "gap num", "span": 1, "parts": [{"text": words}]})
    return cells


def _cell(report: Report, names: Sequence[str], row: Any) -> dict[str, Any]:
    columns = [report.by_name[name] for name in names]
    parts = [
        {"text": _text(column, row), "serial": column.kind == "serial", "mark": column.mark(row)} for column in columns
    ]
    return {"classes": _classes(report, names), "span": 1, "parts": parts}


def _classes(report: Report, names: Sequence[str]) -> str:
    classes = ["twin"] if len(names) > 1 else []
    if report.by_name[names[0]].kind in ("number", "energy"):
        classes.append("num")
    if report.by_name[names[0]].kind == "words":
        classes.append("wrap")
    return " ".join(classes)


def _text(column: Column, row: Any) -> str:
    value = column.value(row)
    if value is None or value == "":
        return "–"
    if column.kind == "energy":
        return f"{value:,}".replace(",", _NARROW_SPACE)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def _url(**changes: object) -> str:
    return "?" + urlencode({**request.args.to_dict(), **{name: str(value) for name, value in changes.items()}})
