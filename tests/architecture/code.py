"""The source files of the program, parsed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "agent"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A Python file; `name` is its path in the repository."""

    name: str
    text: str
    tree: ast.Module

    @property
    def classes(self) -> list[ast.ClassDef]:
        """Those at the top of the file that others may use."""
        return [node for node in self.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


@cache
def modules() -> tuple[Module, ...]:
    """All of `agent/`, but for the built page."""
    return tuple(_modules())


def _modules() -> Iterator[Module]:
    for path in sorted(AGENT.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, also those inside others."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def methods(node: ast.ClassDef) -> list[Function]:
    """Of one class; properties and dunders count."""
    return [each for each in node.body if isinstance(each, Function)]
