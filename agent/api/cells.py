"""Rows of a table as the page shows them: a result's, or a work order's parameters."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from agent.api.message import PageMessage, utc_text
from agent.domain.table import Cell, Table, Word


class SheetCell(PageMessage):
    """`word` has a translation on the page, `number` is a decimal string, `time` UTC, ISO 8601."""

    kind: Literal["word", "text", "number", "time"]
    value: str


def sheet_rows(table: Table) -> list[list[SheetCell | None]]:
    """Row by row; None is an empty cell."""
    return [[*map(_cell, row)] for row in table.rows]


def _cell(cell: Cell) -> SheetCell | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return SheetCell(kind="time", value=utc_text(cell))
    if isinstance(cell, str):
        return SheetCell(kind="word" if isinstance(cell, Word) else "text", value=str(cell))
    return SheetCell(kind="number", value=f"{cell:f}" if isinstance(cell, Decimal) else str(cell))
