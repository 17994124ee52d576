"""The file of a parcel: only SMM opens it, a change of any octet is told, and it cannot fill SMM's memory."""

import zlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain import parcel as format_
from agent.domain.errors import InputError
from agent.domain.exchange import ParcelHead
from agent.domain.parcel import MAX_FILE, Parcel, bodies, open_parcel, read_parcel, seal_parcel
from agent.domain.sealing import unseal

KEY = X25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
SECRET = b'{"customer": "Rossi"}'


def head(count: int = 2, **changes: object) -> ParcelHead:
    content = {"id": "0199b9b0-1111-4111-8111-000000000001", "device": "T-1", "count": count, "digest": "0" * 64}
    return ParcelHead.model_validate({**content, "created_at": datetime(2026, 11, 28, tzinfo=UTC), **changes})


def opened(parcel: Parcel, key: X25519PrivateKey = KEY) -> list[bytes]:
    return list(open_parcel(parcel, lambda box, purpose: unseal(key.private_bytes_raw(), box, purpose)))


def sealed(body: bytes, count: int = 2) -> Parcel:
    return seal_parcel(head(count), body, PUBLIC)


def code_of(content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        opened(read_parcel(content))
    return caught.value.code


@given(st.lists(st.binary(max_size=300).map(lambda octets: octets.replace(b"\n", b" ")), min_size=1))
@settings(deadline=None, max_examples=50)
def test_what_was_packed_comes_out(envelopes: list[bytes]) -> None:
    ((count, body),) = bodies(b"facts", envelopes)
    assert count == len(envelopes)
    assert opened(read_parcel(sealed(body, count).content)) == [b"facts", *envelopes]


def test_nobody_else_reads_it() -> None:
    ((_, body),) = bodies(b"{}", [SECRET, SECRET])
    parcel = sealed(body)
    assert b"Rossi" not in parcel.content
    assert b'"device":"T-1"' in parcel.content.partition(b"\n")[0]
    with pytest.raises(InputError) as caught:
        opened(parcel, X25519PrivateKey.generate())
    assert caught.value.code == "parcel-foreign"


def test_a_head_that_was_changed_opens_nothing() -> None:
    ((_, body),) = bodies(b"{}", [SECRET])
    parcel = sealed(body)
    with pytest.raises(InputError) as caught:
        opened(Parcel(head(3), parcel.content))
    assert caught.value.code == "parcel-foreign"


def test_any_octet_that_is_changed_is_told() -> None:
    ((_, body),) = bodies(b"{}", [SECRET] * 3)
    content = sealed(body, 3).content
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 0x08
        assert code_of(bytes(damaged)) in ("parcel-damaged", "parcel-none", "parcel-newer")
    for length in (0, 1, 100, len(content) - 1):
        assert code_of(content[:length]) in ("parcel-damaged", "parcel-none")
    assert code_of(content + b"x") == "parcel-damaged"


def test_other_files_are_told_apart() -> None:
    assert code_of(b"PK\x03\x04" * 1000) == "parcel-none"
    assert code_of(b"") == "parcel-none"
    newer = head().model_dump_json().replace('"version":1', '"version":2').encode()
    assert code_of(newer + b"\nx") == "parcel-newer"
    assert code_of(bytes(MAX_FILE + 1)) == "parcel-too-large"


def test_a_small_file_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_, "MAX_UNPACKED", 4 << 20)
    bomb = sealed(zlib.compress(b"{}\n" * (2 << 20)), 1)
    assert len(bomb.content) < 20_000
    assert code_of(bomb.content) == "parcel-too-large"
    one_line = sealed(zlib.compress(b"x" * (format_.MAX_LINE + (1 << 20))), 1)
    monkeypatch.setattr(format_, "MAX_UNPACKED", 64 << 20)
    assert code_of(one_line.content) == "parcel-too-large"
    assert code_of(sealed(zlib.compress(b"{}\n{}")[:-6], 1).content) == "parcel-damaged"
    assert code_of(sealed(b"no zlib", 1).content) == "parcel-damaged"


def test_very_much_goes_into_several_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_, "_FULL_UNPACKED", 1000)
    envelopes = [b"%03d" % number + b"x" * 97 for number in range(25)]
    packed = list(bodies(b"{}", envelopes))
    assert [count for count, _ in packed] == [10, 10, 5]
    assert [line for count, body in packed for line in opened(sealed(body, count))[1:]] == envelopes
