"""What is protected, opened: octets as they come, and plaintexts sealed as they should be."""

from collections.abc import Callable
from random import Random

from agent.dlms import Mechanism
from agent.dlms.security import aead, agreement, curve
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.hls import Handshake
from agent.dlms.security.suite import SUITES
from agent.dlms.security.wrapping import ApduWrapping, WrappingKind
from tests.fuzz.variants import METER_TITLE, WRAPPINGS, variants

GET = bytes.fromhex("c001c100080000010000ff0200")
_KEY = bytes(range(16))
_HASHED = (Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_SHA256)
_MECHANISMS = (*_HASHED, Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA)


def opened(name: str) -> Callable[[bytes], object]:
    """An APDU as it comes to the meter of a variant. It raises what SecurityContext says."""
    return lambda octets: _context(name, of_meter=True).unprotect(octets)


def opened_initiate(octets: bytes) -> bytes:
    return _context("ciphered", of_meter=True).unprotect_initiate(octets)


def round_trip(octets: bytes) -> None:
    """Any APDU in any wrapping comes out as it went in; the first octet chooses the wrapping."""
    wrapping, apdu = WRAPPINGS[(octets or b"\x00")[0] % len(WRAPPINGS)], octets[1:]
    if wrapping.kind is WrappingKind.SERVICE:
        apdu = GET + apdu
    if wrapping.dedicated:
        wrapping = ApduWrapping(wrapping.kind)
    sealed = _context("signed", of_meter=False).protect(apdu, wrapping)
    assert _context("signed", of_meter=True).unprotect(sealed)[0] == apdu


def unwrapped(octets: bytes) -> bytes:
    return aead.unwrap_key(_KEY, octets)


def verified_ephemeral(octets: bytes) -> bytes:
    signing = variants()["signed"].access.security
    assert signing is not None and signing.signing is not None
    public = agreement.verified_ephemeral(SUITES[1], octets, signing.signing.peer_public)
    return curve.shared_secret(SUITES[1], signing.signing.own_private, public)


def verified(octets: bytes) -> None:
    """An answer to a challenge; the first octet chooses the mechanism."""
    mechanism = _MECHANISMS[(octets or b"\x00")[0] % len(_MECHANISMS)]
    context = None if mechanism in _HASHED else _context("signed", of_meter=True)
    Handshake(mechanism, _KEY, _KEY[::-1], b"secret", context, peer_title=METER_TITLE).verify(octets[1:])


def answers() -> tuple[bytes, ...]:
    """Right answers, of each mechanism."""
    found = []
    for number, mechanism in enumerate(_MECHANISMS):
        context = None if mechanism in _HASHED else _context("signed", of_meter=False)
        handshake = Handshake(mechanism, _KEY[::-1], _KEY, b"secret", context, own_title=METER_TITLE)
        found.append(bytes((number,)) + handshake.answer())
    return tuple(found)


def sealed(name: str) -> tuple[bytes, ...]:
    """An APDU in every wrapping that the variant's client can make."""
    wrappings = [each for each in WRAPPINGS if each.dedicated == (name == "ciphered") or not each.dedicated]
    if name == "ciphered":
        wrappings = [each for each in wrappings if each.kind is not WrappingKind.GENERAL_CIPHERING and not each.signed]
    return tuple(_context(name, of_meter=False).protect(GET, wrapping) for wrapping in wrappings)


def sealed_initiate() -> bytes:
    return _context("ciphered", of_meter=False).protect_initiate(bytes.fromhex("01000000065f1f0400007e1f04b0"))


def wrapped() -> bytes:
    return aead.wrap_key(_KEY, _KEY)


def ephemeral() -> bytes:
    settings = variants()["signed"].client.security
    assert settings is not None and settings.signing is not None
    private = agreement.ephemeral_private(SUITES[1], Random(1).randbytes)
    return agreement.signed_ephemeral(SUITES[1], private, settings.signing.own_private)


def _context(name: str, *, of_meter: bool) -> SecurityContext:
    context = variants()[name].security(of_meter=of_meter)
    assert context is not None
    return context
