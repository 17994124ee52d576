"""AES key wrap: the examples of RFC 3394."""

from agent.dlms.security import aead
from tests.dlms.security.contexts import EK


def test_known_key_wrap() -> None:
    """RFC 3394, 4.1 and 4.6."""
    for wrapping, key, wrapped in (
        (EK.hex(), "00112233445566778899AABBCCDDEEFF", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
        (
            bytes(range(32)).hex(),
            "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
            "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
        ),
    ):
        assert aead.wrap_key(bytes.fromhex(wrapping), bytes.fromhex(key)).hex().upper() == wrapped
        assert aead.unwrap_key(bytes.fromhex(wrapping), bytes.fromhex(wrapped)).hex().upper() == key
