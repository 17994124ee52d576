"""A layer between SQLite and its files: a VFS of our own, made with ctypes on the very library that Python uses.

It passes everything on to SQLite's own VFS. Of the files that a `Watcher` watches, it tells each operation that changes
something before it is carried out, and the watcher may let it fail.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any, Protocol

FULL, IO_WRITE, IO_SYNC, IO_TRUNCATE, IO_DELETE, CANNOT_OPEN = 13, 778, 1034, 1546, 2570, 14
_OPEN_CREATE = 0x4

_FILE_METHODS = (
    *("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock", "xCheckReservedLock"),
    *("xFileControl", "xSectorSize", "xDeviceCharacteristics", "xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap"),
    *("xFetch", "xUnfetch"),
)
_VFS_METHODS = (
    *("xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose", "xRandomness"),
    *("xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64", "xSetSystemCall", "xGetSystemCall"),
    "xNextSystemCall",
)


class _FileMethods(Structure):
    _fields_ = [("iVersion", c_int), *((name, c_void_p) for name in _FILE_METHODS)]


class _File(Structure):
    _fields_ = [("pMethods", c_void_p)]


class _Vfs(Structure):
    _fields_ = [
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        *((name, c_void_p) for name in _VFS_METHODS),
    ]


_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_DELETE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class Watcher(Protocol):
    """Who is told of operations. Each returns how many octets may still be written, or None: it may go on."""

    def name_of(self, path: str) -> str | None:
        """The name of a watched file; None for any other."""

    def creates(self, name: str) -> bool:
        """A file is made. Returns whether it may be."""

    def writes(self, name: str, offset: int, content: bytes) -> tuple[int, bool]:
        """How many octets of it are to be written, and whether it then fails for lack of room."""

    def truncates(self, name: str, size: int) -> bool:
        """Returns whether it may be."""

    def syncs(self, name: str) -> bool:
        """Returns whether it may be."""

    def deletes(self, name: str, durable: bool) -> bool:
        """Returns whether it may be."""


class VfsMissing(Exception):
    """SQLite cannot be reached by ctypes on this machine."""


class Shim:
    """Our VFS. There is one in a process, and it stays: connections may hold on to it."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.watcher: Watcher | None = None
        self._library = library
        self._real_address = library.sqlite3_vfs_find(None)
        self._real = _Vfs.from_address(self._real_address)
        self._names: dict[int, str] = {}
        self._tables: dict[int, tuple[_FileMethods, _FileMethods]] = {}
        self._real_open, self._real_delete = _OPEN(self._real.xOpen), _DELETE(self._real.xDelete)
        self._kept: list[Any] = []
        self._vfs = _Vfs()
        ctypes.memmove(ctypes.byref(self._vfs), self._real_address, ctypes.sizeof(_Vfs))
        self._vfs.pNext, self._vfs.zName = None, b"eplus-faults"
        self._vfs.xOpen = self._callback(_OPEN, self._open, CANNOT_OPEN)
        self._vfs.xDelete = self._callback(_DELETE, self._delete, IO_DELETE)
        self._write_pointer = self._callback(_WRITE, self._write, IO_WRITE)
        self._truncate_pointer = self._callback(_TRUNCATE, self._truncate, IO_TRUNCATE)
        self._sync_pointer = self._callback(_SYNC, self._sync, IO_SYNC)

    @contextmanager
    def watched_by(self, watcher: Watcher) -> Iterator[None]:
        """What is opened inside the block goes through this VFS, and is told to the watcher."""
        self.watcher = watcher
        self._library.sqlite3_vfs_register(ctypes.addressof(self._vfs), 1)
        try:
            yield
        finally:
            self._library.sqlite3_vfs_register(self._real_address, 1)
            self.watcher = None

    def _callback(self, kind: Any, function: Callable[..., int], failed: int) -> int | None:
        def guarded(*arguments: Any) -> int:
            try:
                return function(*arguments)
            except BaseException as error:
                print(f"fault layer: {error!r}", file=sys.stderr)
                return failed

        pointer = kind(guarded)
        self._kept.append(pointer)
        return ctypes.cast(pointer, c_void_p).value

    # ── called by SQLite ─────────────────────────────────────────────────────────────────────────

    def _open(self, _vfs: int, path: int | None, file: int, flags: int, out: int | None) -> int:
        name, watcher = None, self.watcher
        text = ctypes.string_at(path).decode() if path else ""
        if text and watcher is not None:
            name = watcher.name_of(text)
        is_new = name is not None and bool(flags & _OPEN_CREATE) and not Path(text).exists()
        if is_new and watcher is not None and name is not None and not watcher.creates(name):
            return CANNOT_OPEN
        code = int(self._real_open(ctypes.addressof(self._vfs), path, file, flags, out))
        handle = _File.from_address(file)
        if code == 0 and name is not None and handle.pMethods:
            self._names[file] = name
            handle.pMethods = self._own_methods(handle.pMethods)
        return code

    def _own_methods(self, address: int) -> int:
        if address not in self._tables:
            real, own = _FileMethods.from_address(address), _FileMethods()
            ctypes.memmove(ctypes.byref(own), address, _size_of(real.iVersion))
            own.xWrite, own.xTruncate, own.xSync = self._write_pointer, self._truncate_pointer, self._sync_pointer
            self._tables[address] = (real, own)
        return ctypes.addressof(self._tables[address][1])

    def _real_methods(self, file: int) -> _FileMethods:
        own = _File.from_address(file).pMethods
        return next(real for real, mine in self._tables.values() if ctypes.addressof(mine) == own)

    def _write(self, file: int, content: int, length: int, offset: int) -> int:
        allowed, fails = length, 0
        if self.watcher is not None:
            data = ctypes.string_at(content, length)
            allowed, full = self.watcher.writes(self._names[file], offset, data)
            fails = 0 if allowed == length else FULL if full else IO_WRITE
        if allowed:
            code = int(_WRITE(self._real_methods(file).xWrite)(file, content, allowed, offset))
            return code or fails
        return fails

    def _truncate(self, file: int, size: int) -> int:
        if self.watcher is not None and not self.watcher.truncates(self._names[file], size):
            return IO_TRUNCATE
        return int(_TRUNCATE(self._real_methods(file).xTruncate)(file, size))

    def _sync(self, file: int, flags: int) -> int:
        if self.watcher is not None and not self.watcher.syncs(self._names[file]):
            return IO_SYNC
        return int(_SYNC(self._real_methods(file).xSync)(file, flags))

    def _delete(self, _vfs: int, path: int, durable: int) -> int:
        text = ctypes.string_at(path).decode()
        name = self.watcher.name_of(text) if self.watcher is not None else None
        exists = name is not None and Path(text).exists()
        if self.watcher is not None and name is not None and exists and not self.watcher.deletes(name, bool(durable)):
            return IO_DELETE
        return int(self._real_delete(ctypes.addressof(self._vfs), path, durable))


def _size_of(version: int) -> int:
    last = {1: "xShmMap", 2: "xFetch"}.get(version)
    return getattr(_FileMethods, last).offset if last else ctypes.sizeof(_FileMethods)


_shims: list[Shim] = []


def shim() -> Shim:
    """The VFS of this process. Raises: VfsMissing."""
    if not _shims:
        _shims.append(Shim(_library()))
    return _shims[0]


def _library() -> ctypes.CDLL:
    import _sqlite3

    for name in (getattr(_sqlite3, "__file__", None), "sqlite3.dll" if sys.platform == "win32" else None):
        try:
            library = ctypes.CDLL(name)
            library.sqlite3_vfs_find.restype = c_void_p
            library.sqlite3_vfs_find.argtypes = [c_char_p]
            library.sqlite3_vfs_register.argtypes = [c_void_p, c_int]
        except (OSError, AttributeError, TypeError):
            continue
        return library
    raise VfsMissing("this Python does not show the functions of its SQLite")
