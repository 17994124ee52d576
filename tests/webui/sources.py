"""The page's own sources, as far as tests read them: files, imports, functions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SRC = Path(__file__).parents[2] / "webui" / "src"
GENERATED = "client/messages.ts"

_IMPORT = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)";|^import "(\.[^"]+)";', re.MULTILINE)
_FUNCTION = re.compile(r"^(?:export )?(?:async )?function (\w+)")


@dataclass(frozen=True)
class Function:
    """A function or component of the top level."""

    path: str
    name: str
    lines: int


def modules() -> dict[str, str]:
    """The text of every module written by hand, by its path under `src`."""
    paths = [path for path in SRC.rglob("*.ts*") if path.relative_to(SRC).as_posix() != GENERATED]
    return {path.relative_to(SRC).as_posix(): path.read_text("utf-8") for path in sorted(paths)}


def imports() -> dict[str, set[str]]:
    """Which modules each module imports, types included."""
    every = {*modules(), GENERATED}
    return {path: set(_imported(path, text, every)) for path, text in modules().items()}


def functions() -> Iterator[Function]:
    """Every function of the top level; it ends with the next line that is a closing brace and nothing before it."""
    for path, text in modules().items():
        lines = text.splitlines()
        for first, line in enumerate(lines):
            if found := _FUNCTION.match(line):
                last = next(at for at in range(first, len(lines)) if lines[at].startswith("}"))
                yield Function(path, found[1], last - first + 1)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A way from a node back to itself, or nothing where there is none."""
    done: set[str] = set()

    def search(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph.get(node, ())):
            if found := search(following, [*way, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := search(node, []))), [])


def _imported(path: str, text: str, every: set[str]) -> Iterator[str]:
    folder = (SRC / path).parent
    for named in (one or other for one, other in _IMPORT.findall(text)):
        target = (folder / named).resolve()
        if SRC not in target.parents or target.suffix:
            continue  # error words, styles, drawings
        found = [f"{target.relative_to(SRC).as_posix()}{end}" for end in (".ts", ".tsx")]
        yield next(module for module in found if module in every)
