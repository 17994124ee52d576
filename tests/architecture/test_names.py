"""One word, one thing."""

import ast
import importlib
import io
import re
import tokenize
from collections import defaultdict

import pytest

from tests.architecture.code import AGENT, methods, modules

TWICE = {
    "Counter": "what a driver is handed, and what the store keeps",
    "Counters": "what a driver is handed, and what the store keeps",
    "User": "a message, and its table in SMM",
    "WorkOrder": "a message, and its table in SMM",
}
"""Public classes whose name stands twice, and why. Five at most."""

OVERRIDES = {
    "agent/smm/models/base.py:UtcTime.process_bind_param",
    "agent/smm/models/base.py:UtcTime.process_result_value",
    "agent/smm/watching.py:JsonLines.format",
    "agent/store/vault.py:FileKeeper.confirm",
    "agent/store/vault.py:FileKeeper.load",
    "agent/store/vault.py:FileKeeper.save",
    "agent/store/vault.py:KeyringKeeper.confirm",
    "agent/store/vault.py:KeyringKeeper.load",
    "agent/store/vault.py:KeyringKeeper.save",
}
"""What they do is said where they are declared."""

MIGRATIONS = "agent/smm/migrations/versions/"
RETIRED = {"wish", "asker", "patience", "conductor", "doorkeeper", "desk", "board"}
"""Words that gave way to plain ones: request, requester, timeouts, and what the thing is."""

_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def test_public_class_names_mean_one_thing() -> None:
    places = defaultdict(list)
    for module in modules():
        for node in module.classes:
            places[node.name].append(module.name)
    assert {name for name, found in places.items() if len(found) > 1} == set(TWICE)
    assert len(TWICE) <= 5


def test_retired_words_are_gone() -> None:
    found = {
        f"{module.name}:{token.start[0]} {token.string}"
        for module in modules()
        for token in tokenize.generate_tokens(io.StringIO(module.text).readline)
        if token.type == tokenize.NAME and RETIRED & {part.lower() for part in _PART.findall(token.string)}
    }
    assert found == set()


def _glossary() -> list[tuple[str, str]]:
    text = (AGENT / "README.md").read_text(encoding="utf-8").split("## Glossary")[1]
    return re.findall(r"^\| ([^|]+) \| [^|]+ \| `([\w.]+)` \|$", text, re.M)


@pytest.mark.parametrize(("word", "name"), _glossary())
def test_the_glossary_names_what_is_there(word: str, name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute), word


def test_the_glossary_is_in_order() -> None:
    words = [word for word, _ in _glossary()]
    assert len(words) > 15 and words == sorted(words, key=str.lower)


def test_every_public_thing_says_what_it_is() -> None:
    """Modules, and what stands at their top; a migration says it once, for the whole file."""
    silent = [module.name for module in modules() if module.text.strip() and not ast.get_docstring(module.tree)]
    for module in modules():
        if module.name.startswith(MIGRATIONS):
            continue
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{module.name}:{node.name}")
    assert silent == []


def test_every_public_method_says_what_it_does() -> None:
    silent = {
        f"{module.name}:{node.name}.{each.name}"
        for module in modules()
        for node in module.classes
        for each in methods(node)
        if not each.name.startswith("_") and not ast.get_docstring(each)
    }
    assert silent <= OVERRIDES
