"""SMM's own key: where it comes from, and keys that are refused."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from agent.domain.errors import InputError
from agent.domain.sealing import NotSealedToUs, seal
from agent.smm.keys import FILE_VARIABLE, VARIABLE, KeyBox

KEY = "5a" * 32
SERVER = "postgresql+psycopg://smm@db.example/smm"


def test_several_servers_have_the_same_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    locked = KeyBox.for_database(SERVER).lock({"a": "secret"}, "SN1")
    monkeypatch.delenv(VARIABLE)
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    assert KeyBox.for_database(SERVER).unlock(locked, "SN1") == b'{"a": "secret"}'
    with pytest.raises(InvalidTag):
        KeyBox.for_database(SERVER).unlock(locked, "SN2")


def test_what_tablets_seal_is_opened_with_a_key_of_its_own() -> None:
    keys, others = KeyBox(b"a" * 32), KeyBox(b"b" * 32)
    box = seal(keys.parcel_key, b"outbox", b"parcel")
    assert KeyBox(b"a" * 32).open_parcel(box, b"parcel") == b"outbox"
    with pytest.raises(NotSealedToUs):
        others.open_parcel(box, b"parcel")
    assert len({keys.parcel_key, keys.receipt_key, others.parcel_key, others.receipt_key}) == 4


def test_a_server_without_a_key_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    with pytest.raises(InputError) as caught:
        KeyBox.for_database(SERVER)
    assert caught.value.code == "smm-key-missing"


@pytest.mark.parametrize("key", ["", "5a", "not hex at all", KEY + "00"])
def test_what_is_no_key(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(VARIABLE, key)
    with pytest.raises(InputError) as caught:
        KeyBox.for_database("sqlite:///smm.sqlite")
    assert caught.value.code == "smm-key-wrong"


def test_a_key_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(InputError) as caught:
        KeyBox.for_database(SERVER)
    assert caught.value.params["variable"] == FILE_VARIABLE
