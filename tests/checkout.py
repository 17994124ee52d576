"""A small checkout: the real front door, before a package that needs nothing and whose build can be watched."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from agent.bootstrap import ROOT

FRONT_DOOR = ("__init__.py", "__main__.py", "bootstrap.py", "old_python.py")
COMMAND = """
import sys

def main():
    print("in", sys.prefix, *sys.argv[1:])
    sys.exit(7 if "fail" in sys.argv else 0)
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "eplus-mobile"
version = "1"
[project.optional-dependencies]
demo = []
test = []
"""
BACKEND = """
import pathlib, time, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    with open("built", "a") as log:
        log.write("once ")
    while pathlib.Path("hold").exists():
        time.sleep(0.02)
    metadata = "Metadata-Version: 2.1\\nName: eplus-mobile\\nVersion: 1\\n"
    metadata += "Provides-Extra: demo\\nProvides-Extra: test\\n"
    info = "eplus_mobile-1.dist-info/"
    wheel = "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    with zipfile.ZipFile(folder + "/eplus_mobile-1-py3-none-any.whl", "w") as file:
        file.writestr(info + "METADATA", metadata)
        file.writestr(info + "WHEEL", wheel)
        file.writestr(info + "RECORD", "".join(info + name + ",,\\n" for name in ("METADATA", "WHEEL", "RECORD")))
    return "eplus_mobile-1-py3-none-any.whl"
"""


class Checkout:
    """`start` is `python -m agent …` in it, by a Python that has nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.page = root / "webui" / "page.ts"
        self.hold = root / "hold"
        self.words = root / "agent" / "domain" / "words" / "en.json"
        self.locks = root / "agent" / "locks"
        self.environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self.page.parent.mkdir()
        self.page.write_text("let page = 1")
        self.words.parent.mkdir(parents=True)
        self.words.write_text("{}")
        self.locks.mkdir()
        for extra in ("demo", "test"):
            (self.locks / f"{extra}.lock").touch()
        for name in FRONT_DOOR:
            shutil.copy(ROOT / "agent" / name, root / "agent" / name)
        commands = root / "agent" / "commands"
        commands.mkdir()
        (commands / "__init__.py").touch()
        (commands / "main.py").write_text(COMMAND)
        (root / "pyproject.toml").write_text(PROJECT)
        (root / "backend.py").write_text(BACKEND)

    @property
    def builds(self) -> int:
        log = self.root / "built"
        return len(log.read_text().split()) if log.exists() else 0

    def command(self, *arguments: str) -> list[str]:
        return [str(getattr(sys, "_base_executable", sys.executable)), "-m", "agent", *arguments]

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )

    @contextlib.contextmanager
    def building(self) -> Iterator[subprocess.Popen[str]]:
        """A first start that is held in the middle of pip's work."""
        self.hold.touch()
        process = subprocess.Popen(
            self.command(), cwd=self.root, env=self.environment, stderr=subprocess.PIPE, text=True, process_group=0
        )
        deadline = time.monotonic() + 60
        while not self.builds:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            yield process
        finally:
            self.hold.unlink(missing_ok=True)
            process.communicate(timeout=60)
