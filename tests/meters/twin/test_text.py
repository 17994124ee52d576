"""The file of a twin: the same when read again; words for any other file."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import InputError, StoreError
from agent.domain.words import plain
from agent.meters.twin.file import read_text, read_twin, write_twin
from agent.meters.twin.text import parse_twin, twin_text
from tests.meters.twin.samples import SAMPLE

TEXT = twin_text(SAMPLE)
LINES = TEXT.split("\n")


def test_round_trip(tmp_path: Path) -> None:
    assert parse_twin(TEXT) == SAMPLE
    write_twin(tmp_path / "meter.twin", TEXT)
    assert read_twin(tmp_path / "meter.twin") == SAMPLE
    assert [each.name for each in tmp_path.iterdir()] == ["meter.twin"]


def test_one_thing_a_line_and_no_spaces_at_the_ends() -> None:
    assert all(json.loads(line) and line == line.strip() for line in LINES[:-1])
    assert '{"attribute": "3/1.0.1.8.0.255/2", "value": ["double-long-unsigned", 1352143]}' in LINES
    assert '{"attribute": "15/0.0.40.0.0.255/7", "refused": "read-write-denied"}' in LINES
    assert '{"attribute": "7/1.0.99.1.0.255/2", "array": 1}' in LINES


def test_a_newer_one() -> None:
    with pytest.raises(InputError) as caught:
        parse_twin(TEXT.replace('{"twin": 1,', '{"twin": 2, "colour": "red",'))
    assert caught.value.code == "twin-too-new"
    assert "newer version (format 2)" in str(plain(caught.value))


def record(kind: str, **changed: Any) -> tuple[str, int]:
    """The text with one line changed, and the number of that line."""
    number = next(n for n, line in enumerate(LINES) if line.startswith(f'{{"{kind}"'))
    content = json.loads(LINES[number])
    for name, value in changed.items():
        (content[kind] if isinstance(content[kind], dict) else content)[name] = value
    return "\n".join([*LINES[:number], json.dumps(content), *LINES[number + 1 :]]), number + 1


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("twin", {"recorded_at": "2026-06-01T12:00:00"}),
        ("twin", {"twin": 0}),
        ("twin", {"twin": True}),
        ("line", {"send_window": 8}),
        ("line", {"address_size": 3}),
        ("line", {"physical": 5}),
        ("line", {"baud": "9600"}),
        ("line", {"colour": 1}),
        ("access", {"authentication": "magic"}),
        ("access", {"secret": "zz"}),
        ("access", {"conformance": "get fly"}),
        ("access", {"suite": 9}),
        ("sign_on", {"maker": "é"}),
        ("times", {"median_ms": -1}),
        ("lists", {"beyond": "nothing"}),
        ("unknown", {"refused": "nothing"}),
        ("selection", {"selection": "1.0.99"}),
        ("attribute", {"attribute": "70000/1.0.1.8.0.255/2"}),
        ("attribute", {"array": -1}),
        ("attribute", {"array": 10_000}),
        ("element", {"element": ["nul"]}),
    ],
)
def test_a_line_that_makes_no_sense(kind: str, changed: dict[str, Any]) -> None:
    text, _ = record(kind, **changed)
    with pytest.raises(InputError) as caught:
        parse_twin(text)
    assert caught.value.code == "bad-twin"
    assert "?" not in str(plain(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "{}",
        "[]",
        "null",
        "7",
        TEXT + "\n",
        LINES[1],
        "[" * 100_000,
        TEXT + LINES[-2] + "\n",
        "\x00",
        TEXT[:-1],
    ],
)
def test_another_file(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_twin(text)
    assert caught.value.code == "bad-twin"


@pytest.mark.parametrize("lines", range(len(LINES) - 1))
def test_a_file_that_was_cut(lines: int) -> None:
    for text in ("\n".join(LINES[:lines]), "\n".join([*LINES[:lines], ""])):
        with pytest.raises(InputError):
            parse_twin(text)


@given(st.integers(0, len(TEXT)), st.integers(0, 3), st.text(max_size=3))
def test_damaged_anywhere(at: int, lost: int, instead: str) -> None:
    try:
        parse_twin(TEXT[:at] + instead + TEXT[at + lost :])
    except InputError as error:
        assert error.code in ("bad-twin", "twin-too-new")


def test_a_file_that_is_not_there_or_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_text(tmp_path / "none")
    with pytest.raises(StoreError):
        write_twin(tmp_path / "none" / "meter.twin", TEXT)
    (tmp_path / "meter.twin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError):
        read_twin(tmp_path / "meter.twin")
