"""A result as rows: shown on the page, printed by the command line, saved as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain


class Word(str):
    """A text that the page has words for in each language; files keep it as it is."""

    __slots__ = ()


BOM = "\ufeff".encode()

Cell = str | int | Decimal | datetime | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_COMMA_DECIMAL = {"es", "it"}


@dataclass(frozen=True)
class Table:
    """Column names, and rows of as many cells each."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def csv_lines(table: Table, culture: str) -> Iterator[str]:
    """The table as CSV; see `lines_of`."""
    return lines_of(table.columns, table.rows, culture)


def lines_of(columns: Sequence[str], rows: Iterable[Sequence[Cell]], culture: str) -> Iterator[str]:
    """CSV: one header line, then data lines, each ended by CRLF, made as they are asked for.

    Separator and decimal sign are the culture's, so that a spreadsheet opens it right; text that a
    spreadsheet would take for a formula gets an apostrophe before it.
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
    """The CSV as a file that Excel opens by a double click: UTF-8 with BOM."""
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
