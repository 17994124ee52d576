"""A folder where the commands of a page run in their order, with data, ports and a central system of its own."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import openpyxl

from agent.bootstrap import ROOT
from agent.store import Store, settings
from agent.store.settings import Setting
from tests.store.samples import settle_new_job, write

EPLUS = (["eplus"], ["python3", "-m", "agent"], ["python", "-m", "agent"])
PORT_IN_THE_PAGES = "127.0.0.1:4059"
TYPED = "wrong-horse-battery\nwrong-horse-battery\n"
"""What is typed where a command asks for a password, and once more."""
_PYTHON = re.compile(r"python3? ")


def eplus_arguments(words: Sequence[str]) -> list[str] | None:
    """The arguments of `eplus`, if this is a command of it."""
    for start in EPLUS:
        if list(words[: len(start)]) == start:
            return list(words[len(start) :])
    return None


class Stage:
    """Ends what it started in the background when it is left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._background: list[subprocess.Popen[str]] = []
        self._meter = PORT_IN_THE_PAGES
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("EPLUS_")},
            "EPLUS_DATA": str(folder / "data"),
            "EPLUS_CSV_FOLDER": str(folder / "csv"),
            "EPLUS_SMM_DATABASE": f"sqlite:///{folder / 'smm.sqlite'}",
        }
        provide_files(folder)
        provide_tablet(folder / "data")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._background:
            process.kill()
            process.communicate()

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs it to its end, by the Python of the tests."""
        command = command.replace(PORT_IN_THE_PAGES, self._meter)
        arguments = eplus_arguments(shlex.split(command))
        if arguments is not None:
            return self._run([sys.executable, "-m", "agent", *arguments], self._folder)
        if _PYTHON.match(command):
            return self._run([sys.executable, *shlex.split(command)[1:]], ROOT)
        return self._run(["sh", "-c", command], self._folder)

    def start_meter(self, command: str) -> None:
        """Runs `eplus simulate` in the background; later commands find it where the page has it."""
        words = shlex.split(command.replace(PORT_IN_THE_PAGES, "127.0.0.1:0"))
        process = subprocess.Popen(
            [sys.executable, "-m", "agent", *words[1:], "--fast"],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._background.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"tcp://(\S+)", line)
        assert found, f"no meter is listening: {line!r}"
        self._meter = found[1]

    def _run(self, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=folder,
            env=self._environment,
            input=TYPED,
            capture_output=True,
            text=True,
            timeout=300,
            start_new_session=True,
            check=False,
        )


def provide_files(folder: Path) -> None:
    """What the reader of a page has: a meter model of their own, a list of meters, files of a tablet and of a meter."""
    for name in ("mine.toml", "FILE"):
        shutil.copy(ROOT / "agent" / "meters" / "models" / "cerm1.toml", folder / name)
    book = openpyxl.Workbook()
    book.active.append(["serial", "model", "pod"])
    book.active.append(["DOCS-0001", "CERM1", "POD-1"])
    book.save(folder / "meters.xlsx")
    for name in ("waiting.eplus", "trace.txt", "meter.twin"):
        (folder / name).touch()


def provide_tablet(data: Path) -> None:
    """A tablet that knows SMM, with a job that waits."""
    store = Store.open(data)
    write(store, lambda db: settings.put(db, Setting.SMM_PARCEL_KEY, store.identity.sealing_public.hex()))
    settle_new_job(store, "job-1")
    store.close()
