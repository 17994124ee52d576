"""Small files, small functions, small classes."""

import ast
import re

from tests.architecture.code import functions, methods, modules

LONGEST_FILE, LONGEST_FUNCTION, MOST_METHODS = 300, 40, 20
_MIGRATIONS = "agent/smm/migrations/versions/"
"""What they do is a list of tables: it is as long as that."""
_OPTION = re.compile(r"""["'`]--[a-z]""")
_MAY_NAME_OPTIONS = {
    "agent/bootstrap.py": "pip's",
    "agent/kiosk/window.py": "of the window's own process",
    "agent/api/typescript.py": "of a tool for developers",
    "agent/smm/commands.py": "SMM's commands",
}


def test_files() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions() -> None:
    lengths = {
        f"{module.name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for module in modules()
        if not module.name.startswith(_MIGRATIONS)
        for node in functions(module.tree)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_classes() -> None:
    counts = {
        f"{module.name}:{node.name}": len(methods(node))
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    assert {name: count for name, count in counts.items() if count > MOST_METHODS} == {}


def test_options_are_read_in_one_room() -> None:
    found = {
        module.name
        for module in modules()
        if not module.name.startswith("agent/commands/") and _OPTION.search(module.text)
    }
    assert found <= set(_MAY_NAME_OPTIONS)
