"""How SMM proves to be SMM: an address with TLS, but on this machine itself; certificates, and the pinned key."""

import base64
import binascii
import hashlib
import ipaddress
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.domain.errors import InputError

FOREIGN = "smm-foreign"
_TIME, _NAME, _ISSUER, _KEY = (f"smm-certificate-{fault}" for fault in ("time", "name", "issuer", "key"))
NO_PROOF = (FOREIGN, _TIME, _NAME, _ISSUER, _KEY)
"""What SmmFault says of somebody who does not prove to be SMM."""
_FAULTS = {
    9: _TIME,  # X509_V_ERR_CERT_NOT_YET_VALID
    10: _TIME,  # X509_V_ERR_CERT_HAS_EXPIRED
    62: _NAME,  # X509_V_ERR_HOSTNAME_MISMATCH
    64: _NAME,  # X509_V_ERR_IP_ADDRESS_MISMATCH
    18: _ISSUER,  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
    19: _ISSUER,  # X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
    20: _ISSUER,  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    21: _ISSUER,  # X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE
}
_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class _AnotherKey(ssl.SSLCertVerificationError):
    """The other side has another key than the pinned one."""


def require_address(url: str) -> None:
    """An `https` address with a host; `http` is for this machine alone, as passwords go over it.

    Raises:
        InputError: `smm-address-wrong`, `smm-address-plain`.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.username is not None or any(map(str.isspace, url)):
        raise InputError(code="smm-address-wrong", url=_without_login(url))
    if parts.scheme == "http" and not is_loopback(url):
        raise InputError(code="smm-address-plain", host=host)


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tls_context(ca: Path | None = None, pin: str | None = None) -> ssl.SSLContext:
    """With `ca`, only what these certificates (PEM) vouch for is SMM; without, what the machine trusts. With `pin`, it
    must have that key as well: SHA-256 of its SubjectPublicKeyInfo, in base64 or hex, with or without `sha256/`.

    Raises:
        InputError: `smm-ca-unreadable`, `smm-pin-wrong`.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise InputError(code="smm-ca-unreadable", file=str(ca)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if pin is not None:
        context.sslobject_class = _pinned(_digest(pin))
    return context


def certificate_fault(error: BaseException | None) -> str | None:
    """The code, if a connection failed since the other side does not prove to be SMM; None if it was only cut off."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return _code_of(error)
        error = error.__cause__ or error.__context__
    return None


def _code_of(error: ssl.SSLError) -> str | None:
    if isinstance(error, _CUT_OFF):
        return None
    if isinstance(error, _AnotherKey):
        return _KEY
    if isinstance(error, ssl.SSLCertVerificationError):
        return _FAULTS.get(getattr(error, "verify_code", 0), FOREIGN)
    return FOREIGN


def _pinned(digest: bytes) -> type[ssl.SSLObject]:
    class PinnedObject(ssl.SSLObject):
        """Ends a handshake with another key as failed, before anything is sent."""

        def do_handshake(self) -> None:
            super().do_handshake()
            if _key_digest(self.getpeercert(binary_form=True)) != digest:
                raise _AnotherKey

    return PinnedObject


def _key_digest(certificate: Any) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def _digest(pin: str) -> bytes:
    text = pin.strip().removeprefix("sha256/")
    try:
        digest = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != 32:
        raise InputError(code="smm-pin-wrong")
    return digest


def _without_login(url: str) -> str:
    """What stands before an @ may be a password."""
    return url.rpartition("@")[2][:100]
