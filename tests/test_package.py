"""The packages that are built hold the licence, the types and the page; the source package, what builds them."""

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from email import message_from_string
from pathlib import Path, PurePosixPath

import pytest

from agent.bootstrap import ROOT

pytestmark = pytest.mark.slow
VERSION = "0.1.0"
PAGE = "agent/api/page/index.html"
LICENCE = (ROOT / "LICENSE").read_bytes()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and a source package, of the page that is there."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    environment = {**os.environ, "EPLUS_PAGE_BUILD": "never"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return folder


def test_the_wheel_holds_licence_types_and_page(built: Path) -> None:
    with zipfile.ZipFile(built / f"eplus_mobile-{VERSION}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
        info = f"eplus_mobile-{VERSION}.dist-info"
        metadata = message_from_string(wheel.read(f"{info}/METADATA").decode())
        assert wheel.read(f"{info}/licenses/LICENSE") == LICENCE
    assert metadata["License-Expression"] == "Apache-2.0"
    assert {PAGE, "agent/py.typed"} <= names
    assert _top(names) == {"agent", info}, "nothing but the package"
    assert not [name for name in names if name.startswith("agent/locks/")]


def test_the_source_package_holds_what_it_is_built_and_tested_from(built: Path) -> None:
    root = f"eplus_mobile-{VERSION}"
    with tarfile.open(built / f"{root}.tar.gz") as source:
        names = {name.removeprefix(f"{root}/") for name in source.getnames()}
        licence = source.extractfile(f"{root}/LICENSE")
        assert licence is not None and licence.read() == LICENCE
    wanted = {PAGE, "agent/py.typed", "agent/locks/test.lock", "webui/package-lock.json", "webui/src/main.tsx"}
    assert wanted | {".github/CONTRIBUTING.md", ".pre-commit-config.yaml", "tests/__main__.py"} <= names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name or "output/" in name]


def _top(names: Iterable[str]) -> set[str]:
    return {PurePosixPath(name).parts[0] for name in names}
