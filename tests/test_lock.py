"""The lock files fit pyproject.toml, on every Python and system, and say nothing about where they were made."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from agent.bootstrap import LOCKS, ROOT
from tests.lock import EXTRAS, HEADER, WIDEST

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = (("linux", "Linux", "posix"), ("win32", "Windows", "nt"), ("darwin", "Darwin", "posix"))
ENVIRONMENTS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": platform,
        "platform_system": system,
        "os_name": name,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for python in PYTHONS
    for platform, system, name in SYSTEMS
]
_ENTRY = re.compile(r"(?P<pin>\S.*?)(?P<hashes>( \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_requirement_is_locked_everywhere(extra: str) -> None:
    pins = _pins(extra)
    for environment in ENVIRONMENTS:
        for requirement in _requirements(extra):
            if not requirement.marker or requirement.marker.evaluate(environment):
                versions = list(_locked(pins, requirement.name, environment))
                assert len(versions) == 1, f"{requirement} in {environment}: run python3 -m tests.lock"
                assert requirement.specifier.contains(versions[0], prereleases=True), f"{requirement}: {versions[0]}"


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_lock_has_pins_with_hashes_and_nothing_else(extra: str) -> None:
    text = (LOCKS / f"{extra}.lock").read_text(encoding="utf-8")
    assert text.startswith(HEADER)
    assert not _ENTRY.sub("", text.removeprefix(HEADER)), "a registry, a path or a file without hash"
    assert all(requirement.url is None for requirement in _pins(extra))


def test_there_is_a_lock_for_each_extra() -> None:
    assert {file.stem for file in LOCKS.iterdir()} == set(EXTRAS) == set(PROJECT["optional-dependencies"])


def test_the_locks_agree() -> None:
    versions = {extra: {(pin.name, str(pin.specifier)) for pin in _pins(extra)} for extra in EXTRAS}
    names = {name for name, _ in versions[WIDEST]}
    for extra in EXTRAS:
        assert {pin for pin in versions[extra] if pin[0] in names} <= versions[WIDEST], f"{extra} is apart"


def test_the_pythons_are_those_of_the_classifiers() -> None:
    named = [line.removeprefix("Programming Language :: Python :: ") for line in PROJECT["classifiers"]]
    assert [name for name in named if re.fullmatch(r"3\.\d+", name)] == list(PYTHONS)


def _pins(extra: str) -> list[Requirement]:
    text = (LOCKS / f"{extra}.lock").read_text(encoding="utf-8")
    return [Requirement(entry["pin"]) for entry in _ENTRY.finditer(text.removeprefix(HEADER))]


def _locked(pins: list[Requirement], name: str, environment: dict[str, str]) -> Iterator[str]:
    for pin in pins:
        if canonicalize_name(pin.name) == canonicalize_name(name) and (
            not pin.marker or pin.marker.evaluate(environment)
        ):
            yield next(iter(pin.specifier)).version


def _requirements(extra: str) -> Iterator[Requirement]:
    """Those of the project, of the extra, and of the extras that it names."""
    yield from map(Requirement, PROJECT["dependencies"])
    for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
        if requirement.name == PROJECT["name"]:
            for named in requirement.extras:
                yield from _requirements(named)
        else:
            yield requirement
