"""Key agreement (IEC 62056-5-3:2017; NIST SP 800-56A Rev. 2): one-pass, static and ephemeral, and key derivation."""

from collections.abc import Callable

from agent.dlms.security import curve
from agent.dlms.security.digest import digest
from agent.dlms.security.suite import Suite

ONE_PASS, STATIC = 1, 2
Random = Callable[[int], bytes]
"""Gives as many random octets as asked for."""


def derive_key(suite: Suite, secret: bytes, party_u: bytes, party_v: bytes, supplement: bytes = b"") -> bytes:
    """Single-step key derivation (SP 800-56A Rev. 2, 5.8.1): one round of the hash is enough for either key length."""
    content = b"\x00\x00\x00\x01" + secret + suite.kdf_algorithm + party_u + party_v + supplement
    return digest(suite.hash or "sha256", content)[: suite.key_octets]


def ephemeral_private(suite: Suite, random: Random) -> bytes:
    """A private key for one use (FIPS 186-4, B.4.1: 64 extra random bits keep the bias negligible)."""
    order = _ORDER[suite.coordinate_octets]
    number = int.from_bytes(random(suite.coordinate_octets + 8)) % (order - 1) + 1
    return number.to_bytes(suite.coordinate_octets)


def one_pass_key(suite: Suite, private: bytes, public: bytes, originator: bytes, recipient: bytes) -> bytes:
    """One-Pass Diffie-Hellman, C(1e, 1s): one side's key is ephemeral, the other's static. The same on both sides."""
    return derive_key(suite, curve.shared_secret(suite, private, public), originator, recipient)


def static_key(
    suite: Suite, private: bytes, public: bytes, originator: bytes, recipient: bytes, transaction_id: bytes
) -> bytes:
    """Static Unified Model, C(0e, 2s): both keys are static; the transaction id makes each result new."""
    secret = curve.shared_secret(suite, private, public)
    nonce = bytes((len(transaction_id),)) + transaction_id
    return derive_key(suite, secret, originator, nonce, recipient)


def ephemeral_key(suite: Suite, private: bytes, public: bytes, client_title: bytes, server_title: bytes) -> bytes:
    """Ephemeral Unified Model, C(2e, 0s): both keys are ephemeral; for key_agreement of class 64 (Security setup)."""
    return derive_key(suite, curve.shared_secret(suite, private, public), client_title, server_title)


def signed_ephemeral(suite: Suite, ephemeral: bytes, signing: bytes, prefix: bytes = b"") -> bytes:
    """X || Y of an ephemeral key and the signature over it, as key agreement sends them.

    `prefix` is signed too, but not sent: the key-id, in the method key_agreement of class 64.
    """
    public = curve.public_octets(suite, ephemeral)
    return public + curve.sign(suite, signing, prefix + public)


def verified_ephemeral(suite: Suite, octets: bytes, peer_signing: bytes, prefix: bytes = b"") -> bytes:
    """X || Y of the other side's ephemeral key.

    Raises:
        SecurityBroken: not signed by the other side.
    """
    split = 2 * suite.coordinate_octets
    curve.verify(suite, peer_signing, prefix + octets[:split], octets[split:])
    return octets[:split]


_ORDER = {
    32: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    48: int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
}
