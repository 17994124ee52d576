"""Shows a list: a table with filters, sorting and pages, or a CSV file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, render_template, request, stream_with_context
from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from agent.domain.table import BOM, Cell, lines_of
from agent.smm.database import Database
from agent.smm.pages import visitor
from agent.smm.pages.report import Column, Report, address, filtered, filtered_count, in_order, integer, kept, sort_of

PAGE_SIZE = 50
COUNTED = 10_000
_ROWS_AT_ONCE = 1000
_NARROW_SPACE = "\u202f"


@dataclass(frozen=True)
class Choice:
    """The rows that are ticked, and the row that the panel is about, by their keys."""

    selected: Collection[str] = ()
    current: str | None = None
    selectable: bool = False


def render_report(
    session: Session, report: Report, choice: Choice = Choice(), *, template: str = "table.html", **more: Any
) -> str:
    """The list as a page; `more` goes to the template."""
    query = filtered(report)
    total = count_up_to(session, filtered_count(report), COUNTED)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, integer("page", 1)), pages)
    rows = session.execute(in_order(report, query).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    shown = [_row(report, row, choice) for row in rows]
    return render_template(
        template,
        title=report.title,
        caption=report.caption,
        filters=_shown_filters(report),
        groups=[_head(report, names) for names in report.groups],
        rows=shown,
        totals=totals(total, len(rows), len(choice.selected)),
        is_capped=total > COUNTED,
        selectable=choice.selectable,
        kept=kept().items(),
        page=number,
        pages=pages,
        here=address(),
        previous_url=address(page=number - 1) if number > 1 else None,
        next_url=address(page=number + 1) if number < pages else None,
        **more,
        csv_url=f"{report.path}.csv?{urlencode(request.args.to_dict())}" if report.is_report else None,
    )


def count_up_to(session: Session, query: Select[*tuple[Any, ...]], most: int) -> int:
    """How many rows there are, or `most` + 1 if there are more: nobody reads ten thousand rows, and counting them all
    would take longer with every row that comes in."""
    some = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(most + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def totals(total: int, showing: int, selected: int) -> str:
    """The line below the table. A total above `COUNTED` is shown as such."""
    words = f"> {COUNTED:,}".replace(",", _NARROW_SPACE) if total > COUNTED else str(total)
    return visitor.t("total", total=words, showing=showing, selected=selected)


def csv_response(database: Database, report: Report) -> Response:
    """Every row that passes the filters, streamed from the database; columns in the report's order."""
    name = report.path.rsplit("/", 1)[-1]
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    lines = stream_with_context(_csv(database, report))
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _csv(database: Database, report: Report) -> Iterator[str]:
    names = [column.name for column in report.columns]
    yield BOM.decode()
    yield from lines_of(names, _values(database, report), g.me.culture)


def _values(database: Database, report: Report) -> Iterator[list[Cell]]:
    query = in_order(report, filtered(report)).execution_options(yield_per=_ROWS_AT_ONCE)
    with database.read() as session:
        for rows in session.execute(query).partitions():
            yield from ([column.value(row) for column in report.columns] for row in rows)


def _shown_filters(report: Report) -> list[dict[str, Any]]:
    shown = [
        {
            "label": wanted.name,
            "name": wanted.name,
            "value": request.args.get(wanted.name, ""),
            "options": wanted.options,
            "placeholder": visitor.t("any"),
            "numeric": False,
            "is_day": bool(wanted.bound),
        }
        for wanted in report.filters
    ]
    find = {"label": visitor.t("find"), "name": "find", "value": request.args.get("find", ""), "placeholder": ""}
    shown.append({**find, "options": (), "numeric": False})
    if report.has_times and not g.me.time_zone:
        offset_ = {"label": visitor.t("offset"), "name": "offset", "value": request.args.get("offset", "0")}
        shown.append({**offset_, "options": (), "placeholder": "0", "numeric": True})
    return shown


def _head(report: Report, names: Sequence[str]) -> dict[str, Any]:
    sorted_name, descending = sort_of(report)
    columns = [
        {
            "label": name,
            "is_sorted": name == sorted_name,
            "sort_url": address(sort=f"-{name}" if name == sorted_name and not descending else name, page=1),
        }
        for name in names
    ]
    direction = ("descending" if descending else "ascending") if sorted_name in names else None
    return {"columns": columns, "classes": _classes(report, names), "sorted": direction}


def _row(report: Report, row: Any, choice: Choice) -> dict[str, Any]:
    key = report.key(row)
    return {
        "key": key,
        "selected": key in choice.selected,
        "current": choice.current is not None and key == choice.current,
        "cells": _cells(report, row),
    }


def _cells(report: Report, row: Any) -> list[dict[str, Any]]:
    if report.gap is not None and report.by_name[report.gap[0]].value(row) is None:
        return _cells_with_gap(report, row, report.gap[1])
    return [_cell(report, names, row) for names in report.groups]


def _cells_with_gap(report: Report, row: Any, words: str) -> list[dict[str, Any]]:
    """Energies that are not known are one hatched cell."""
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
        {
            "text": _text(column, row),
            "serial": column.kind == "serial",
            "mark": column.mark(row),
            "url": column.link(row),
        }
        for column in columns
        if column.kind != "detail" or column.value(row)
    ]
    return {"classes": _classes(report, names), "span": 1, "parts": parts}


def _classes(report: Report, names: Sequence[str]) -> str:
    classes = ["twin"] if len(names) > 1 else []
    if report.by_name[names[0]].kind in ("number", "energy"):
        classes.append("num")
    if report.by_name[names[0]].kind == "words":
        classes.append("wrap")
    if report.by_name[names[0]].secondary:
        classes.append("p3")
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
