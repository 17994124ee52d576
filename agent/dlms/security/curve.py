"""Elliptic curves of suites 1 and 2, with plain octets: signatures (ECDSA, FIPS 186-4) and shared secrets (ECDH)."""

from typing import TYPE_CHECKING, Any

from agent.dlms.security.suite import Suite
from agent.domain.errors import InputError, SecurityBroken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec


def public_octets(suite: Suite, private: bytes) -> bytes:
    """X || Y of the public key that belongs to a private one. Raises InputError if it is not a private key."""
    return _octets(suite, _private(suite, private).public_key())


def shared_secret(suite: Suite, private: bytes, public: bytes) -> bytes:
    """Z, the X coordinate of the shared point.

    Raises:
        SecurityBroken: the public key is not a point on the curve.
        InputError: not a private key.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    return _private(suite, private).exchange(ec.ECDH(), _public(suite, public))


def sign(suite: Suite, private: bytes, content: bytes) -> bytes:
    """The signature, r || s. Raises InputError if it is not a private key."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(_private(suite, private).sign(content, ec.ECDSA(_hash(suite))))
    return r.to_bytes(suite.coordinate_octets) + s.to_bytes(suite.coordinate_octets)


def verify(suite: Suite, public: bytes, content: bytes, signature: bytes) -> None:
    """Raises SecurityBroken unless r || s is the signature of this content with this key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = suite.coordinate_octets
    if len(signature) != 2 * half:
        raise SecurityBroken("a signature of the wrong length", code="security-tag")
    der = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    try:
        _public(suite, public).verify(der, content, ec.ECDSA(_hash(suite)))
    except InvalidSignature:
        raise SecurityBroken("wrong signature", code="security-tag") from None


def _curve(suite: Suite) -> "ec.EllipticCurve":
    from cryptography.hazmat.primitives.asymmetric import ec

    if suite.curve is None:
        raise InputError("suite 0 has no curve", code="bad-keys")
    return ec.SECP256R1() if suite.curve == "P-256" else ec.SECP384R1()


def _hash(suite: Suite) -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256() if suite.hash == "sha256" else hashes.SHA384()


def _private(suite: Suite, private: bytes) -> "ec.EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        return ec.derive_private_key(int.from_bytes(private), _curve(suite))
    except ValueError:
        raise InputError("not a private key", code="bad-keys") from None


def _public(suite: Suite, public: bytes) -> "ec.EllipticCurvePublicKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(public) != 2 * suite.coordinate_octets:
        raise SecurityBroken("a public key of the wrong length", code="security-tag")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_curve(suite), b"\x04" + public)
    except ValueError:
        raise SecurityBroken("not a point on the curve", code="security-tag") from None


def _octets(suite: Suite, public: "ec.EllipticCurvePublicKey") -> bytes:
    numbers, octets = public.public_numbers(), suite.coordinate_octets
    return numbers.x.to_bytes(octets) + numbers.y.to_bytes(octets)
