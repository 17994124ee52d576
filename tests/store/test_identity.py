"""The tablet's own keys."""

import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from agent.domain.errors import StoreError
from agent.domain.sealing import NotSealedToUs, seal
from agent.domain.signing import is_signed_by
from agent.domain.words import LANGUAGES, table
from agent.store import Store
from agent.store.copy import FILE_NAME as COPY
from agent.store.database import FILE_NAME
from agent.store.vault import FileKeeper, KeyringKeeper, choose_keeper

ON_LINUX = pytest.mark.skipif(sys.platform == "win32", reason="on Windows the keyring keeps it")


def lost_code(folder: Path) -> str:
    with pytest.raises(StoreError) as lost:
        Store.open(folder)
    return lost.value.code


def test_it_is_the_same_at_every_start(tmp_path: Path) -> None:
    seen = set()
    for _ in range(2):
        store = Store.open(tmp_path)
        identity = store.identity
        seen.add((identity.device_id, identity.signing_public, identity.sealing_public, identity.protected_by))
        store.close()
    assert len(seen) == 1
    assert identity.device_id.startswith("T-")
    assert len(identity.device_id) == 18


def test_it_signs_and_unseals(store: Store) -> None:
    identity = store.identity
    assert is_signed_by(identity.signing_public, {"a": 1}, identity.sign({"a": 1}))
    assert not is_signed_by(identity.signing_public, {"a": 2}, identity.sign({"a": 1}))
    box = seal(identity.sealing_public, b"key", b"METER-1")
    assert identity.unseal(box, b"METER-1") == b"key"
    with pytest.raises(NotSealedToUs):
        identity.unseal(box, b"METER-2")


@ON_LINUX
def test_no_private_key_is_in_the_open(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    private = [value for name, value in vars(store.identity).items() if name.startswith("_") and len(value) == 32]
    assert len(private) == 2
    assert store.identity.protected_by == "file"
    assert stat.S_IMODE((tmp_path / "vault.key").stat().st_mode) == 0o600
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(key in kept or key.hex().encode() in kept for key in private)


@ON_LINUX
def test_without_the_right_vault_key_it_is_lost_and_never_made_anew(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    Store.open(here).close()
    Store.open(there).close()
    shutil.copy(here / FILE_NAME, there / FILE_NAME)
    assert lost_code(there) == "two-tablets", "the second copy is another tablet's"
    shutil.copy(here / COPY, there / COPY)
    assert lost_code(there) == "identity-lost", "the key of another vault"
    (there / "vault.key").write_text("rubbish")
    assert lost_code(there) == "identity-lost"
    (there / "vault.key").unlink()
    assert lost_code(there) == "identity-lost"
    shutil.copy(here / "vault.key", there / "vault.key")
    Store.open(there).close()
    assert all("identity-lost" in table(language) for language in LANGUAGES)


@ON_LINUX
def test_a_changed_vault_key_does_not_open_it(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    name, key, _ = (tmp_path / "vault.key").read_text().splitlines()[0].split()
    for wrong in ("00" * 32, key[:-2], "zz" * 32):
        (tmp_path / "vault.key").write_text(f"{name} {wrong}\n")
        assert lost_code(tmp_path) == "identity-lost"


@pytest.mark.parametrize("left", ["half", f"0011223344556677 {bytes(32).hex()}"])
def test_a_first_start_that_died_before_its_identity_was_kept_is_made_up_for(tmp_path: Path, left: str) -> None:
    (tmp_path / "vault.new").write_text(left)
    store = Store.open(tmp_path, keeper=FileKeeper(tmp_path))
    device_id = store.identity.device_id
    store.close()
    store = Store.open(tmp_path, keeper=FileKeeper(tmp_path))
    assert store.identity.device_id == device_id
    store.close()


@ON_LINUX
def test_a_first_start_that_died_after_its_identity_was_kept_goes_on(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.close()
    (tmp_path / "vault.key").rename(tmp_path / "vault.new")
    again = Store.open(tmp_path)
    again.close()
    assert again.identity.device_id == store.identity.device_id
    assert (tmp_path / "vault.key").exists() and not (tmp_path / "vault.new").exists()


def test_a_key_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    keeper = FileKeeper(tmp_path)
    keeper.save("first", b"1" * 32)
    keeper.confirm("first")
    with pytest.raises(StoreError):
        keeper.save("second", b"2" * 32)
    assert keeper.load("first") == b"1" * 32
    assert keeper.load("second") is None


@ON_LINUX
def test_one_damaged_octet_of_the_key_costs_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.close()
    content = (tmp_path / "vault.key").read_bytes()
    for place in [*range(0, len(content), 17), len(content) // 2 - 1]:
        damaged = content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
        (tmp_path / "vault.key").write_bytes(damaged)
        again = Store.open(tmp_path)
        again.close()
        assert again.identity.device_id == store.identity.device_id


class InMemoryKeyring(KeyringBackend):
    """A keyring as the operating system has one."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def system_keyring() -> Iterator[InMemoryKeyring]:
    before = keyring.get_keyring()
    ours = InMemoryKeyring()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


def test_a_keyring_keeps_the_key_and_nothing_more(tmp_path: Path, system_keyring: InMemoryKeyring) -> None:
    identities = []
    for keeper in (KeyringKeeper(), None):
        store = Store.open(tmp_path, keeper=keeper)
        identities.append((store.identity.device_id, store.identity.protected_by))
        store.close()
    assert identities[0] == identities[1], "it stays with the keeper that it was made with"
    assert identities[0][1] == "keyring"
    ((name, key),) = system_keyring.kept.items()
    assert len(bytes.fromhex(key)) == 32
    assert not (tmp_path / "vault.key").exists()
    system_keyring.locked = True
    assert lost_code(tmp_path) == "storage", "it is there, but not now"
    system_keyring.locked = False
    system_keyring.kept[name] = "rubbish"
    assert lost_code(tmp_path) == "identity-lost"
    system_keyring.kept.clear()
    assert lost_code(tmp_path) == "identity-lost"


def test_windows_and_macos_use_their_keyring(
    tmp_path: Path, system_keyring: InMemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.store.vault.sys.platform", "win32")
    assert isinstance(choose_keeper(tmp_path), KeyringKeeper)
    monkeypatch.setattr(system_keyring, "priority", 0, raising=False)
    assert isinstance(choose_keeper(tmp_path), FileKeeper), "a keyring that keeps nothing does not serve"


def test_linux_never_asks_a_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def must_not(*_args: Any) -> None:
        raise AssertionError("a keyring was asked")

    monkeypatch.setattr("agent.store.vault.sys.platform", "linux")
    monkeypatch.setattr("keyring.get_keyring", must_not)
    assert isinstance(choose_keeper(tmp_path), FileKeeper)
