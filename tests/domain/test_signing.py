"""Canonical form, hash and signature."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.signing import canonical, content_hash, is_signed_by, sign

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
