"""Texts of the pages in each language."""

import json
from functools import cache
from importlib.resources import files


@cache
def table(language: str) -> dict[str, str]:
    """All texts of a language, by key; the keys are the same in each."""
    text = files("agent.smm.pages").joinpath("words", f"{language}.json").read_text(encoding="utf-8")
    loaded: dict[str, str] = json.loads(text)
    return loaded
