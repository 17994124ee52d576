"""Canonical form, hash, signature, key; and boxes that only one tablet opens."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.envelope import canonical, content_hash, is_signed_by, sign, uuid7
from agent.domain.sealing import NotSealedToUs, seal, unseal

contents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(contents)
def test_one_content_has_one_form(content: object) -> None:
    again = json.loads(canonical(content))
    assert again == content
    assert content_hash(again) == content_hash(content)


def test_order_of_keys_does_not_matter() -> None:
    assert canonical({"b": 1, "a": "ñ"}) == '{"a":"ñ","b":1}'.encode()


@pytest.mark.parametrize("content", [1.5, [1.0], {"a": {"b": 0.1}}])
def test_no_floats(content: object) -> None:
    with pytest.raises(TypeError):
        canonical(content)


@given(contents, contents)
def test_signatures(content: object, other: object) -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    signature = sign(key.private_bytes_raw(), content)
    assert is_signed_by(public, content, signature)
    assert is_signed_by(public, other, signature) == (canonical(other) == canonical(content))
    assert not is_signed_by(public, content, "00" * 64)
    assert not is_signed_by(public, content, "no hex")


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_keys_are_sorted_by_time(ms: int, first: bytes, second: bytes) -> None:
    key = uuid7(ms, first)
    assert (key.version, key.variant) == (7, "specified in RFC 4122")
    assert ms == 2**48 - 1 or str(key) < str(uuid7(ms + 1, second))


@given(st.binary(max_size=100), st.binary(max_size=20), st.integers(0, 200))
def test_boxes(content: bytes, purpose: bytes, place: int) -> None:
    key = X25519PrivateKey.generate()
    box = seal(key.public_key().public_bytes_raw(), content, purpose)
    private = key.private_bytes_raw()
    assert unseal(private, box, purpose) == content
    changed = bytearray(box)
    changed[place % len(box)] ^= 1
    for attempt in ((bytes(changed), purpose), (box, purpose + b"x"), (b"", purpose)):
        with pytest.raises(NotSealedToUs):
            unseal(private, *attempt)
    with pytest.raises(NotSealedToUs):
        unseal(X25519PrivateKey.generate().private_bytes_raw(), box, purpose)
