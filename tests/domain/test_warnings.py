"""Every warning that a result can have has words in every language, and no words are left over."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import agent
from agent.domain.exchange import payload_of, warnings_of
from agent.domain.results import ClockCheck
from agent.domain.words import LANGUAGES, plain_warning, table, warning_table

ROOT = Path(agent.__file__).parent
MODULES = [path.read_text("utf-8") for folder in ("procedures", "drivers") for path in (ROOT / folder).rglob("*.py")]
CODE = re.compile(r"[a-z]+(-[a-z]+)+")


def codes() -> Iterator[str]:
    """Constants of modules that speak of warnings, and what stands beside the word, unless an error has that code."""
    for text in MODULES:
        if "arning" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            is_constant = isinstance(node, ast.Assign) and re.match(r"^\(?_?[A-Z]", ast.unparse(node.targets[0]))
            speaks = isinstance(node, ast.Assign | ast.AugAssign | ast.keyword | ast.Expr) and "arning" in ast.unparse(
                node
            )
            if is_constant or speaks:
                texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
                yield from (text for text in texts if isinstance(text, str) and CODE.fullmatch(text))


FOUND = set(codes()) - table("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_for_every_warning(language: str) -> None:
    words = warning_table(language)
    assert words.keys() == warning_table("es").keys()
    assert FOUND - words.keys() == set()
    assert all(text.endswith(".") for text in words.values())


def test_they_are_found() -> None:
    assert {"sum-mismatch", "total-is-sum", "clock-not-set", "lines-set-aside", "registers-set-aside"} <= FOUND


def test_a_warning_of_a_newer_tablet_shows_its_code() -> None:
    assert "(never-heard-of)" in plain_warning("never-heard-of", "it-IT")


def test_they_travel_with_the_result() -> None:
    check = ClockCheck("12345678", None, None, (), warnings=("clock-not-set", "clock-not-set"))
    assert warnings_of(payload_of(check)) == ["clock-not-set"]
