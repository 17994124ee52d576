"""Every code that the program can raise has words in every language."""

import re
from pathlib import Path

import pytest

import agent
from agent.domain import errors
from agent.domain.errors import EplusError, InputError
from agent.domain.words import LANGUAGES, language_of, plain, plain_code, table

SOURCES = [path.read_text(encoding="utf-8") for path in Path(agent.__file__).parent.rglob("*.py")]


def codes() -> set[str]:
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, EplusError)]
    given = {code for text in SOURCES for code in re.findall(r'code="([a-z-]+)"', text)}
    return {cls.default_code for cls in classes} | given


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_for_every_code(language: str) -> None:
    words = table(language)
    assert codes() - set(words) == set()
    assert words.keys() == table("es").keys()
    for code, entry in words.items():
        assert entry.keys() == {"what", "do"}, code
        assert entry["what"] and entry["do"], code


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_blanks_in_every_language(language: str) -> None:
    for code, entry in table(language).items():
        blanks = [set(re.findall(r"{(\w+)}", words["what"] + words["do"])) for words in (entry, table("es")[code])]
        assert blanks[0] == blanks[1], code


def test_blanks_are_filled() -> None:
    words = plain(InputError(code="bad-serial", serial="x y"), "it-IT")
    assert "x y" in words.what and words.todo
    assert str(plain_code("no-such-code", {}, "en")).startswith("Internal error (no-such-code)")
    assert "?" in plain_code("bad-serial", {}, "en").what


def test_spanish_where_the_culture_is_not_ours() -> None:
    assert [language_of(culture) for culture in ("es-CL", "en-US", "it", "de-DE", "")] == ["es", "en", "it", "es", "es"]
