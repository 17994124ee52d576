"""A list of meters as lines of named texts, from CSV or Excel. Nothing in the file is trusted."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from agent.domain.errors import InputError

MAX_LINES, MAX_COLUMNS, LONGEST_CELL = 200_000, 40, 500
MAX_UNPACKED = 256 << 20
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class SheetLine:
    """A line of the list. The heading is line 1; `texts` are by the heading's names."""

    number: int
    texts: dict[str, str]


def read_lines(content: bytes) -> list[SheetLine]:
    """All lines that are not empty, below the heading.

    Raises:
        InputError: `import-unreadable`, `import-too-large`.
    """
    rows = iter(_excel(content) if content.startswith(_ZIP) else _csv(content))
    head = [_name(cell) for cell in next(rows, [])]
    if not any(head) or len(head) > MAX_COLUMNS or len(set(filter(None, head))) < len([*filter(None, head)]):
        raise InputError(code="import-unreadable")
    return [
        SheetLine(number, {name: cell for name, cell in zip(head, cells, strict=False) if name and cell})
        for number, cells in enumerate(_bounded(rows), 2)
        if any(cells)
    ]


def _bounded(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows):
        if number >= MAX_LINES:
            raise InputError(code="import-too-large", lines=MAX_LINES)
        yield [cell.strip() for cell in row]


def _name(cell: str) -> str:
    return cell.strip().lower().replace(" ", "_")


def _csv(content: bytes) -> Iterator[list[str]]:
    """The delimiter is comma, semicolon or tab, whichever the first line has most of."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    csv.field_size_limit(LONGEST_CELL * 20)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error:
        raise InputError(code="import-unreadable") from None


def _excel(content: bytes) -> Iterator[list[str]]:
    """The first sheet. A file that would unpack to more than `MAX_UNPACKED` octets is refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED:
                raise InputError(code="import-too-large", lines=MAX_LINES)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS):
            yield [_text(cell) for cell in row]
    except InputError:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError, EOFError, TypeError):
        raise InputError(code="import-unreadable") from None


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
