"""Python's own file operations, told to a disk: the functions of `os`, and `open`."""

import builtins
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol
from unittest import mock

_CHANGES = os.O_WRONLY | os.O_RDWR
_FOLDER = ""


class ToldDisk(Protocol):
    """Who is told; what is not allowed raises `error`."""

    def name_of(self, path: str) -> str | None: ...
    def is_folder(self, path: str) -> bool: ...
    def creates(self, name: str) -> bool: ...
    def writes(self, name: str, offset: int, content: bytes) -> tuple[int, bool]: ...
    def truncates(self, name: str, size: int) -> bool: ...
    def syncs(self, name: str) -> bool: ...
    def syncs_folder(self) -> bool: ...
    def deletes(self, name: str, durable: bool) -> bool: ...
    def renames(self, name: str, target: str) -> bool: ...
    def error(self) -> OSError: ...


@contextmanager
def recorded_files(disk: ToldDisk) -> Iterator[None]:
    """Inside the block, what Python does to the disk's files is told to it."""
    files = _Files(disk)
    kept = _kept_functions("fsync", "fdatasync")
    with ExitStack() as patches:
        for name in ("open", "close", "write", "fsync", "ftruncate", "replace", "rename", "unlink", "remove"):
            patches.enter_context(mock.patch.object(os, name, getattr(files, name.replace("remove", "unlink"))))
        if hasattr(os, "fdatasync"):
            patches.enter_context(mock.patch.object(os, "fdatasync", files.fsync))
        patches.enter_context(mock.patch.object(io, "open", files.open_file))
        patches.enter_context(mock.patch.object(builtins, "open", files.open_file))
        for module, name in kept:
            patches.enter_context(mock.patch.object(module, name, files.fsync))
        for name in [name for name in vars(shutil) if name.startswith(("_USE_CP", "_use_fd"))]:
            patches.enter_context(mock.patch.object(shutil, name, False))
        yield


def _kept_functions(*names: str) -> list[tuple[Any, str]]:
    """Where our modules hold on to these functions of `os` under names of their own."""
    functions = [getattr(os, name) for name in names if hasattr(os, name)]
    ours = [module for name, module in list(sys.modules.items()) if name.startswith("agent.")]
    return [(module, name) for module in ours for name, value in vars(module).items() if value in functions]


class _Files:
    """The functions in place of Python's. `names` are the descriptors of watched files; the folder's own is ``""``."""

    def __init__(self, disk: ToldDisk) -> None:
        self.names: dict[int, str] = {}
        self._disk = disk
        self._real = {name: getattr(os, name) for name in ("open", "close", "write", "fsync", "ftruncate")}
        self._real_replace, self._real_unlink, self._real_open_file = os.replace, os.unlink, io.open

    def open(self, path: Any, flags: int, *more: Any, **named: Any) -> int:
        is_folder = self._is_folder(path)
        name = None if is_folder else self._name(path)
        self._made(path, name, bool(flags & os.O_CREAT))
        descriptor: int = self._real["open"](path, flags, *more, **named)
        if is_folder:
            self.names[descriptor] = _FOLDER
        elif name is not None:
            self.names[descriptor] = name
            if flags & os.O_TRUNC and flags & _CHANGES:
                self._require(self._disk.truncates(name, 0))
        return descriptor

    def close(self, descriptor: int) -> None:
        self.names.pop(descriptor, None)
        self._real["close"](descriptor)

    def write(self, descriptor: int, content: Any) -> int:
        return self.written(descriptor, bytes(content), lambda data: self._real["write"](descriptor, data))

    def written(self, descriptor: int, content: bytes, write: Callable[[bytes], int]) -> int:
        """Writes as much as the disk allows."""
        name = self.names.get(descriptor)
        if not name:
            return write(content)
        allowed, _ = self._disk.writes(name, self._position(descriptor), content)
        if allowed == 0 and content:
            raise self._disk.error()
        return write(content[:allowed])

    def fsync(self, descriptor: int) -> None:
        name = self.names.get(descriptor)
        if name is not None:
            self._require(self._disk.syncs(name) if name != _FOLDER else self._disk.syncs_folder())
        self._real["fsync"](descriptor)

    def ftruncate(self, descriptor: int, size: int) -> None:
        if name := self.names.get(descriptor):
            self._require(self._disk.truncates(name, size))
        self._real["ftruncate"](descriptor, size)

    def replace(self, source: Any, target: Any, **named: Any) -> None:
        name, new = self._name(source), self._name(target)
        if name is not None and new is not None:
            self._require(self._disk.renames(name, new))
        self._real_replace(source, target, **named)

    rename = replace

    def unlink(self, path: Any, **named: Any) -> None:
        name = self._name(path)
        if name is not None and os.path.exists(path):  # noqa: PTH110
            self._require(self._disk.deletes(name, False))
        self._real_unlink(path, **named)

    def open_file(self, file: Any, mode: str = "r", buffering: int = -1, *more: Any, **named: Any) -> Any:
        """In place of `open`: a file that is written to goes through `_Raw`."""
        changes = any(letter in mode for letter in "wax+")
        name = self.names.get(file) if isinstance(file, int) else self._name(file)
        if not changes or not name:
            return self._real_open_file(file, mode, buffering, *more, **named)
        self._made(file, None if isinstance(file, int) else name, "r" not in mode)
        raw = _Raw(self, name, file, mode.replace("b", "").replace("t", ""), named.pop("closefd", True))
        if "w" in mode:
            self._require(self._disk.truncates(name, 0))
        return _buffered(raw, mode, buffering, *more, **named)

    def _made(self, path: Any, name: str | None, may_create: bool) -> None:
        if name is not None and may_create and not os.path.exists(path):  # noqa: PTH110
            self._require(self._disk.creates(name))

    def _position(self, descriptor: int) -> int:
        """Where the next octet goes."""
        if _appends(descriptor):
            return os.fstat(descriptor).st_size
        return os.lseek(descriptor, 0, os.SEEK_CUR)

    def _require(self, allowed: bool) -> None:
        if not allowed:
            raise self._disk.error()

    def _name(self, path: Any) -> str | None:
        return None if isinstance(path, int) else self._disk.name_of(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100

    def _is_folder(self, path: Any) -> bool:
        return not isinstance(path, int) and self._disk.is_folder(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100


class _Raw(io.FileIO):
    """A file that is written to, octet by octet as the disk allows."""

    def __init__(self, files: _Files, name: str, file: Any, mode: str, closefd: bool) -> None:
        super().__init__(file, mode, closefd)
        self._files = files
        self._descriptor = self.fileno()
        files.names[self._descriptor] = name

    def write(self, content: Any) -> int:
        return self._files.written(self._descriptor, bytes(content), super().write)

    def truncate(self, size: int | None = None) -> int:
        size = self.tell() if size is None else size
        self._files.ftruncate(self._descriptor, size)
        return size

    def close(self) -> None:
        if not self.closed:
            self._files.names.pop(self._descriptor, None)
        super().close()


def _buffered(raw: _Raw, mode: str, buffering: int, *more: Any, **named: Any) -> Any:
    if buffering == 0:
        return raw
    buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
    return buffered if "b" in mode else io.TextIOWrapper(buffered, *more, **named)


def _appends(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return os.lseek(descriptor, 0, os.SEEK_CUR) == os.fstat(descriptor).st_size
    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND)
