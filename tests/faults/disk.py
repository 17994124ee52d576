"""A disk that remembers: every operation that changes a file of one folder, by SQLite and by Python alike.

`with Disk(folder) as disk:` records into `disk.log`. With `disk.fault` set, operations fail.
"""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from tests.faults.python_files import recorded_files
from tests.faults.vfs import shim

Kind = Literal["create", "write", "truncate", "sync", "delete", "rename", "sync-folder", "mark"]
Trouble = Literal["full", "short", "io"]
"""No room to write or create; room for a half of what is written; nothing works that changes the disk."""
_NEEDS_ROOM = ("create", "write")

SHARED = "-shm"
"""SQLite makes this file anew after a crash."""


@dataclass(frozen=True)
class Operation:
    """What was asked of the disk. `size` is of a truncation, `target` of a renaming, `note` of a mark."""

    kind: Kind
    name: str
    offset: int = 0
    content: bytes = b""
    size: int = 0
    target: str = ""
    note: Any = None


@dataclass(frozen=True)
class Fault:
    """From the operation with that number on (counted from 0), only once or for ever."""

    at: int
    trouble: Trouble
    ever: bool

    def strikes(self, number: int) -> bool:
        """Whether that operation fails."""
        return number >= self.at if self.ever else number == self.at


class Disk:
    """Watches one folder, and those in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._prefix = f"{self.folder}{os.sep}"
        self.base = contents(folder)
        self.log: list[Operation] = []
        self.fault: Fault | None = None
        self.count = 0
        self.failed: list[Kind] = []
        self._gate = threading.Lock()
        self._exits = ExitStack()

    def __enter__(self) -> "Disk":
        self._exits.enter_context(shim().watched_by(self))
        self._exits.enter_context(recorded_files(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def mark(self, note: object) -> None:
        """Notes in the log what is true from here on."""
        self._add(Operation("mark", "", note=note))

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Operations fail inside the block, counted from its start."""
        self.count, self.failed = 0, []
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None

    # ── told by SQLite's layer and by Python's ───────────────────────────────────────────────────

    def name_of(self, path: str) -> str | None:
        """The path inside the folder; None for any other path."""
        if not path.startswith(self._prefix) or path.endswith(SHARED):
            return None
        return path.removeprefix(self._prefix).replace(os.sep, "/")

    def is_folder(self, path: str) -> bool:
        """Whether it is the folder itself, or one in it."""
        return path == str(self.folder) or (path.startswith(self._prefix) and os.path.isdir(path))  # noqa: PTH112

    def creates(self, name: str) -> bool:
        """A file is made."""
        return self._tell(Operation("create", name))

    def writes(self, name: str, offset: int, content: bytes) -> tuple[int, bool]:
        """How many octets are to be written, and whether it then fails for lack of room."""
        trouble = self._trouble("write")
        if trouble is None:
            self._add(Operation("write", name, offset, content))
            return len(content), False
        written = len(content) // 2 if trouble == "short" else 0
        if written:
            self._add(Operation("write", name, offset, content[:written]))
        return written, trouble != "io"

    def truncates(self, name: str, size: int) -> bool:
        """A file gets that size."""
        return self._tell(Operation("truncate", name, size=size))

    def syncs(self, name: str) -> bool:
        """What was written to a file becomes durable."""
        return self._tell(Operation("sync", name))

    def syncs_folder(self) -> bool:
        """Names become durable."""
        return self._tell(Operation("sync-folder", ""))

    def deletes(self, name: str, durable: bool) -> bool:
        """A file goes."""
        allowed = self._tell(Operation("delete", name))
        if allowed and durable:
            self._add(Operation("sync-folder", ""))
        return allowed

    def renames(self, name: str, target: str) -> bool:
        """A file takes the place of another."""
        return self._tell(Operation("rename", name, target=target))

    def error(self) -> OSError:
        """What Python is told."""
        number = errno.EIO if self.fault is not None and self.fault.trouble == "io" else errno.ENOSPC
        return OSError(number, os.strerror(number))

    def _tell(self, operation: Operation) -> bool:
        if self._trouble(operation.kind) is not None:
            return False
        self._add(operation)
        return True

    def _trouble(self, kind: Kind) -> Trouble | None:
        with self._gate:
            number, self.count = self.count, self.count + 1
            if self.fault is None or not self.fault.strikes(number):
                return None
            if self.fault.trouble != "io" and kind not in _NEEDS_ROOM:
                return None
            self.failed.append(kind)
            return self.fault.trouble

    def _add(self, operation: Operation) -> None:
        with self._gate:
            self.log.append(operation)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder, but for SQLite's shared memory."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(SHARED)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
