"""A table of rows: shown on the page, printed by the command line, saved as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain


class Word(str):
    """A text that the page translates; files keep it as it is."""

    __slots__ = ()


BOM = "\ufeff".encode()
"""Begins a UTF-8 file so that Excel reads it as such."""

Cell = str | int | Decimal | datetime | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_COMMA_DECIMAL = {"es", "it"}


@dataclass(frozen=True)
class Table:
    """Column names, and rows with as many cells."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def csv_lines(table: Table, culture: str) -> Iterator[str]:
    """The table as CSV; see `lines_of`."""
    return lines_of(table.columns, table.rows, culture)


def lines_of(columns: Sequence[str], rows: Iterable[Sequence[Cell]], culture: str) -> Iterator[str]:
    """CSV: one header line, then data lines, each with CRLF at its end; made as they are consumed.

    Separator and decimal sign are those of the culture, so that a spreadsheet reads them; text that a spreadsheet would
    take for a formula gets an apostrophe before it.
    """
    comma_decimal = culture.split("-")[0] in _COMMA_DECIMAL
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if comma_decimal else ",", lineterminator="\r\n")
    for row in chain((columns,), rows):
        writer.writerow([_cell(cell, comma_decimal) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def csv_file(table: Table, culture: str) -> bytes:
    """The table as a CSV file that Excel opens with a double click: UTF-8 with BOM."""
    return BOM + "".join(csv_lines(table, culture)).encode()


def _cell(cell: Cell, comma_decimal: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.replace(".", ",") if comma_decimal else plain
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return "'" + cell
    return str(cell)
