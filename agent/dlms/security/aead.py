"""AES-GCM (NIST SP 800-38D) with tags of 12 octets, and AES key wrap (RFC 3394), as the security suites use them."""

from agent.domain.errors import SecurityBroken

TAG_OCTETS = 12
_FIRST_COUNTER = bytes((0, 0, 0, 2))
"""Of the first plaintext block: GCM keeps 1 for the tag."""


def seal(key: bytes, nonce: bytes, plain: bytes, authenticated: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and tag. `nonce` (12 octets) must never be used twice with one key."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(authenticated)
    sealed = encryptor.update(plain) + encryptor.finalize()
    return sealed, encryptor.tag[:TAG_OCTETS]


def unseal(key: bytes, nonce: bytes, sealed: bytes, authenticated: bytes, tag: bytes) -> bytes:
    """The plaintext.

    Raises:
        SecurityBroken: wrong authentication tag.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    decryptor = Cipher(algorithms.AES(key), modes.GCM(nonce, tag, TAG_OCTETS)).decryptor()
    decryptor.authenticate_additional_data(authenticated)
    try:
        return decryptor.update(sealed) + decryptor.finalize()
    except InvalidTag:
        raise SecurityBroken("wrong authentication tag", code="security-tag") from None


def unseal_untagged(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """The plaintext of what was encrypted without authentication: the counter mode inside GCM."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    decryptor = Cipher(algorithms.AES(key), modes.CTR(nonce + _FIRST_COUNTER)).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


def wrap_key(wrapping_key: bytes, key: bytes) -> bytes:
    """The key, wrapped."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    return aes_key_wrap(wrapping_key, key)


def unwrap_key(wrapping_key: bytes, wrapped: bytes) -> bytes:
    """The key.

    Raises:
        SecurityBroken: not wrapped with this wrapping key.
    """
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    try:
        return aes_key_unwrap(wrapping_key, wrapped)
    except (InvalidUnwrap, ValueError):
        raise SecurityBroken("a wrapped key that cannot be unwrapped", code="security-tag") from None
