"""Boxes that only one tablet opens."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.sealing import NotSealedToUs, seal, unseal


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
