"""Where the 32-byte key is kept that encrypts everything secret on this tablet.

On Windows and macOS the operating system keeps it. Linux's Secret Service may ask the user to unlock it, and the
agent must never hang on that: there it is in a file that only this user may read.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

from agent.domain.errors import StoreError

KeeperName = Literal["keyring", "file"]

FILE_NAME = "vault.key"
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
        """Keeps the key durably, in place of a former one. Raises: StoreError, OSError."""


class FileKeeper:
    """Keeps the key in a file of the data folder."""

    name: KeeperName = "file"

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def load(self, vault: str) -> bytes | None:
        try:
            content = self._path.read_text(encoding="utf-8", errors="replace").split()
        except FileNotFoundError:
            return None
        return _key_of(content[1]) if len(content) == 2 and content[0] == vault else None

    def save(self, vault: str, key: bytes) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as content:
            content.write(f"{vault} {key.hex()}\n".encode())
            content.flush()
            os.fsync(file)
        fresh.replace(self._path)
        sync_folder(self._path.parent)


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
