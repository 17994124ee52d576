"""Plain words for every code of an error or a warning, in each language: what happened, and what to do.

There is one JSON file for each language, and one for warnings; the page is built from the same files.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agent.domain.errors import EplusError

LANGUAGES = ("es", "en", "it")
DEFAULT_LANGUAGE = "es"


@dataclass(frozen=True)
class Plain:
    """What happened, and what to do about it."""

    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.what} {self.todo}".strip()


def language_of(culture: str) -> str:
    """The language of a culture such as `es-CL`; Spanish where there are no words in that language."""
    language = culture.split("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


@cache
def table(language: str) -> dict[str, dict[str, str]]:
    """All words of a language: code → {what, do}."""
    text = files(__package__).joinpath("words", f"{language}.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = json.loads(text)
    return loaded


def plain(error: EplusError, culture: str = "en") -> Plain:
    """The words for an error. A blank without a param shows as `?`."""
    return plain_code(error.code, error.params, culture)


def plain_code(code: str, params: dict[str, str | int], culture: str = "en") -> Plain:
    """The words for an error known only by its code; those of `internal` if the code has none."""
    words = table(language_of(culture))
    entry = words.get(code, words["internal"])
    blanks = _Blanks(params, code=code)
    return Plain(entry["what"].format_map(blanks), entry["do"].format_map(blanks))


@cache
def warning_table(language: str) -> dict[str, str]:
    """The words of all warnings in a language."""
    text = files(__package__).joinpath("words", "warnings", f"{language}.json").read_text(encoding="utf-8")
    loaded: dict[str, str] = json.loads(text)
    return loaded


def plain_warning(code: str, culture: str = "en") -> str:
    """The words for a warning that a result has; those of `unknown` if the code has none."""
    words = warning_table(language_of(culture))
    return words.get(code, words["unknown"]).format(code=code)


class _Blanks(dict[str, str | int]):
    def __missing__(self, _: str) -> str:
        return "?"
