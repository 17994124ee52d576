"""The folders: their list in the README, their tests, and the way of one reading through them."""

import re
import tomllib
from functools import cache
from pathlib import Path

import grimp
import pytest

from tests.architecture.code import AGENT, ROOT

_WITHOUT_TESTS = {
    "dlms/cosem/tables": "data, looked at by tests/dlms/cosem",
    "domain/words": "data",
    "link/profiles": "data",
    "meters/models": "data",
    "smm/migrations": "tests/smm/test_migration.py",
    "smm/migrations/versions": "tests/smm/test_migration.py",
    "smm/models": "tables, used by all tests of SMM",
}


def _packages() -> list[str]:
    return sorted(path.parent.relative_to(AGENT).as_posix() for path in AGENT.rglob("__init__.py"))[1:]


@pytest.mark.parametrize("room", [room for room in _packages() if room not in _WITHOUT_TESTS])
def test_every_room_has_its_tests(room: str) -> None:
    assert list((ROOT / "tests" / room).glob("test_*.py")), room


def test_the_list_of_rooms_is_whole() -> None:
    listed = set(re.findall(r"^([\w.]+/?)(?: |$)", _readme().split("```")[1], re.M))
    here = {f"{path.name}/" if path.is_dir() else path.name for path in AGENT.iterdir()}
    expected = {name for name in here if not name.startswith(("__init__", "__pycache__", "README", "decisions"))}
    assert listed | {"bootstrap.py", "old_python.py", "py.typed"} >= expected
    assert {name.rstrip("/") for name in listed} <= {name.rstrip("/") for name in here}


def test_every_module_stands_in_the_import_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["type"] == "layers")
    assert layers["exhaustive"] is True and layers["containers"] == ["agent"]


def _readme() -> str:
    return (AGENT / "README.md").read_text(encoding="utf-8")


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("agent", cache_dir=None)


def _module(name: str) -> str:
    return "agent." + name.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")


def test_one_reading_flows_as_the_page_says() -> None:
    parts = _parts()
    assert len(parts) >= 6 and sum(map(len, parts)) > 30
    for part in parts:
        for place, name in enumerate(part):
            assert (AGENT / name).is_file(), name
            above = part[:place]
            assert not above or any(_belong_together(each, name) for each in above), name


def _parts() -> list[list[str]]:
    text = _readme().split("## How one reading flows")[1].split("\n## ")[0]
    parts: list[list[str]] = []
    for number, name in re.findall(r"^(\d+)\. `([^`]+)`", text, re.M):
        if number == "1":
            parts.append([])
        parts[-1].append(name)
    return parts


def _belong_together(one: str, other: str) -> bool:
    return _imports(one, other) or _imports(other, one)


def _imports(importer: str, imported: str) -> bool:
    """Directly, by way of a package that hands it on, or because the activity's row names it."""
    source, target = _module(importer), _module(imported)
    graph = _graph()
    direct = graph.find_modules_directly_imported_by(source)
    if target in direct:
        return True
    if any(target in graph.find_modules_directly_imported_by(each) for each in direct if _is_package(each)):
        return True
    return importer == "procedures/tasks.py" and imported.startswith("procedures/")


def _is_package(module: str) -> bool:
    return (ROOT / Path(*module.split("."))).is_dir()
