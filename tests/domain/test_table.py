"""CSV that a spreadsheet opens right, and takes for data only."""

import csv
from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.table import Cell, Table, csv_file

TABLE = Table(("name", "value"), [("energy", Decimal("1234.50")), ("when", datetime(2026, 11, 23, 10, 15)), (None, 3)])


def lines(table: Table, culture: str) -> list[str]:
    content = csv_file(table, culture)
    assert content.startswith(b"\xef\xbb\xbf")
    return content.decode("utf-8-sig").split("\r\n")


def test_cultures() -> None:
    assert lines(TABLE, "es-CL") == ["name;value", "energy;1234,50", "when;2026-11-23 10:15:00", ";3", ""]
    assert lines(TABLE, "en-US") == ["name,value", "energy,1234.50", "when,2026-11-23 10:15:00", ",3", ""]


def test_formulas_are_text() -> None:
    rows: list[tuple[Cell, ...]] = [("=1+1",), ("+1",), ("-1",), ("@x",), ("a=b",)]
    assert lines(Table(("x",), rows), "en")[1:-1] == ["'=1+1", "'+1", "'-1", "'@x", "a=b"]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5), st.sampled_from(["es", "en", "it"]))
def test_every_text_comes_back_and_none_is_a_formula(rows: list[tuple[str, str]], culture: str) -> None:
    content = csv_file(Table(("a", "b"), rows), culture).decode("utf-8-sig")
    separator = "," if culture == "en" else ";"
    read = list(csv.reader(content.splitlines(keepends=True), delimiter=separator))
    if not any(set("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029") & set(cell) for row in rows for cell in row):
        assert [[cell.removeprefix("'") for cell in row] for row in read[1:]] == [
            [cell.removeprefix("'") for cell in row] for row in rows
        ]
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in read[1:] for cell in row)
