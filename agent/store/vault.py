"""Where the 32-byte key is kept that encrypts everything secret on this tablet.

On Windows and macOS the operating system keeps it. Linux's Secret Service may ask the user to unlock it, and the
agent must never hang on that: there it is in a file that only this user may read.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Literal, Protocol

from agent.domain.errors import StoreError

KeeperName = Literal["keyring", "file"]

FILE_NAME = "vault.key"
FRESH_NAME = "vault.new"
_SERVICE = "eplus-mobile"


class Keeper(Protocol):
    """Keeps one key, together with the name of its vault."""

    name: KeeperName

    def load(self, vault: str) -> bytes | None:
        """The key of that vault; None if there is none, or no longer.

        Raises:
            StoreError: the keyring does not give it out.
        """

    def save(self, vault: str, key: bytes) -> None:
        """Keeps the key of a new vault durably, but not for good before `confirm`.

        Raises:
            StoreError: there is another one already, or the keyring fails.
            OSError: the disk fails.
        """

    def confirm(self, vault: str, /) -> None:
        """An identity is protected by this vault: from now on its key is never given up. Raises: OSError."""


class FileKeeper:
    """Keeps the key in a file of the data folder: twice, each time with a digest, so that one damaged octet costs
    nothing.

    Until it is confirmed, a new key is in a file beside it: the file of a tablet that has an identity is never written
    again.
    """

    name: KeeperName = "file"

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._fresh = folder / FRESH_NAME

    def load(self, vault: str) -> bytes | None:
        return _key_in(self._path, vault) or _key_in(self._fresh, vault)

    def save(self, vault: str, key: bytes) -> None:
        if self._path.exists():
            raise StoreError(f"{self._path.name} is there already")
        self._fresh.unlink(missing_ok=True)
        file = os.open(self._fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as content:
            content.write(2 * f"{vault} {key.hex()} {_digest(vault, key.hex())}\n".encode())
            content.flush()
            os.fsync(file)
        sync_folder(self._path.parent)

    def confirm(self, vault: str, /) -> None:
        if not self._path.exists() and _key_in(self._fresh, vault) is not None:
            self._fresh.rename(self._path)
            sync_folder(self._path.parent)


def _key_in(path: Path, vault: str) -> bytes | None:
    """The key of this vault. A line without a digest is all that earlier programs wrote."""
    try:
        content = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    for line in re.finditer(f"{re.escape(vault)} ([0-9a-f]+) ([0-9a-f]{{16}})", content):
        if line[2] == _digest(vault, line[1]):
            return _key_of(line[1])
    words = content.split()
    return _key_of(words[1]) if len(words) == 2 and words[0] == vault else None


def _digest(vault: str, key: str) -> str:
    return blake2b(f"{vault} {key}".encode(), digest_size=8).hexdigest()


class KeyringKeeper:
    """Keeps the key in the keyring of the operating system."""

    name: KeeperName = "keyring"

    def load(self, vault: str) -> bytes | None:
        import keyring

        with _keyring_errors():
            secret = keyring.get_password(_SERVICE, vault)
        return None if secret is None else _key_of(secret)

    def save(self, vault: str, key: bytes) -> None:
        import keyring

        with _keyring_errors():
            keyring.set_password(_SERVICE, vault, key.hex())

    def confirm(self, _vault: str, /) -> None:
        return


@contextmanager
def _keyring_errors() -> Iterator[None]:
    from keyring.errors import KeyringError

    try:
        yield
    except KeyringError as error:
        raise StoreError(f"keyring: {type(error).__name__}") from error


def _key_of(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def choose_keeper(folder: Path) -> Keeper:
    """The operating system's keyring where it works without asking the user, else the file."""
    return KeyringKeeper() if _keyring_serves() else FileKeeper(folder)


def keeper_named(name: str, folder: Path) -> Keeper:
    """The keeper that protected an identity before."""
    return KeyringKeeper() if name == "keyring" else FileKeeper(folder)


def _keyring_serves() -> bool:
    if sys.platform not in ("win32", "darwin"):
        return False
    import keyring

    return float(keyring.get_keyring().priority) >= 1


def sync_folder(folder: Path) -> None:
    """Makes a new or renamed file durable where folders can be synced (not on Windows)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
