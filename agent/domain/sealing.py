"""Meter secrets sealed to one tablet: HPKE base mode (RFC 9180), X25519, HKDF-SHA256, AES-256-GCM."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class NotSealedToUs(ValueError):
    """The box was sealed to another key, for another purpose, or was changed on its way."""


def seal(public_key: bytes, plaintext: bytes, purpose: bytes) -> bytes:
    """A box that only the holder of the private key opens. `public_key` is raw X25519, 32 bytes.

    `purpose` (a meter's serial number, say) is bound to the box: opening needs the same.
    """
    return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public_key), info=purpose)


def unseal(private_key: bytes, box: bytes, purpose: bytes) -> bytes:
    """What is in the box.

    Raises:
        NotSealedToUs: it does not open with this key (raw X25519, 32 bytes) and purpose.
    """
    try:
        return _SUITE.decrypt(box, X25519PrivateKey.from_private_bytes(private_key), info=purpose)
    except (InvalidTag, ValueError) as error:
        raise NotSealedToUs("cannot open the box") from error
