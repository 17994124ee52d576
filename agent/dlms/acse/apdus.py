"""AARQ, AARE, RLRQ and RLRE (IEC 62056-5-3:2017), for logical name referencing, with and without ciphering."""

from dataclasses import dataclass, field

from agent.dlms.acse.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, fields, tagged, untagged
from agent.dlms.acse.diagnostics import Diagnostic, diagnostic_words
from agent.dlms.acse.mechanism import Mechanism, decode_mechanism_name, encode_mechanism_name
from agent.dlms.axdr.coding import Reader
from agent.domain.errors import MalformedData

AARQ, AARE, RLRQ, RLRE = 0x60, 0x61, 0x62, 0x63

_CONTEXT_PLAIN = bytes.fromhex("60857405080101")
_CONTEXT_CIPHERED = bytes.fromhex("60857405080103")
_PROTOCOL_VERSION = 0x80
_APPLICATION_CONTEXT, _RESULT, _DIAGNOSTIC, _RESPONDING_TITLE, _CALLING_TITLE = 0xA1, 0xA2, 0xA3, 0xA4, 0xA6
_USER_INFORMATION = 0xBE
_CALLING_REQUIREMENTS, _CALLING_MECHANISM, _CALLING_VALUE = 0x8A, 0x8B, 0xAC
_RESPONDING_REQUIREMENTS, _RESPONDING_MECHANISM, _RESPONDING_VALUE = 0x88, 0x89, 0xAA
_AUTHENTICATION_VALUE = 0x80
"""The charstring choice of Authentication-value."""
_FROM_SERVICE_USER, _FROM_SERVICE_PROVIDER = 0xA1, 0xA2
_AUTHENTICATION_USED = _VERSION_1 = b"\x07\x80"
"""Bit strings of which only the first bit is set."""
_NO_COMMON_ACSE_VERSION = 2
_REJECTED_TRANSIENT = b"\x02"
_RELEASE_REASON = bytes((0x80, 0x01, 0x00))


@dataclass(frozen=True)
class AssociationRequest:
    """AARQ. `mechanism` and `ciphered` are None if the client names one that is unknown; without the authentication
    unit `mechanism` is NONE, whatever it names. `nameless`: it asks for the unit, and names no mechanism.

    `value` is the password (LLS) or the challenge (HLS); `title` is the client's system title;
    `user_information` is an InitiateRequest, plain or ciphered.
    """

    mechanism: Mechanism | None
    ciphered: bool | None
    value: bytes | None = field(repr=False)
    title: bytes | None
    user_information: bytes
    nameless: bool = False
    version_known: bool = True


@dataclass(frozen=True)
class AssociationResponse:
    """AARE. `user_information` is an InitiateResponse, plain or ciphered, or a ConfirmedServiceError.

    `value` is the meter's challenge, if HLS continues (accepted, with `authentication-required`);
    `title` is the meter's system title. A `transient` refusal may be another one next time.
    """

    accepted: bool
    diagnostic: str
    ciphered: bool | None
    value: bytes | None
    title: bytes | None
    user_information: bytes
    transient: bool = False


def encode_aarq(request: AssociationRequest) -> bytes:
    """The AARQ; authentication fields only if a mechanism is used."""
    content = _context(ciphered=bool(request.ciphered))
    if request.title is not None:
        content += tagged(_CALLING_TITLE, tagged(OCTET_STRING, request.title))
    if request.mechanism:
        content += tagged(_CALLING_REQUIREMENTS, _AUTHENTICATION_USED)
        content += tagged(_CALLING_MECHANISM, encode_mechanism_name(request.mechanism))
        content += tagged(_CALLING_VALUE, tagged(_AUTHENTICATION_VALUE, request.value or b""))
    return tagged(AARQ, content + tagged(_USER_INFORMATION, tagged(OCTET_STRING, request.user_information)))


def decode_aarq(apdu: bytes) -> AssociationRequest:
    """The request.

    Raises:
        MalformedData: not an AARQ.
    """
    found = dict(fields(untagged(apdu, AARQ)))
    authenticates = _has_first_bit(found.get(_CALLING_REQUIREMENTS, b""))
    return AssociationRequest(
        decode_mechanism_name(found.get(_CALLING_MECHANISM) if authenticates else None),
        _is_ciphered(found),
        _optional(found, _CALLING_VALUE, _AUTHENTICATION_VALUE),
        _optional(found, _CALLING_TITLE, OCTET_STRING),
        _optional(found, _USER_INFORMATION, OCTET_STRING) or b"",
        nameless=authenticates and _CALLING_MECHANISM not in found,
        version_known=_has_first_bit(found.get(_PROTOCOL_VERSION, _VERSION_1)),
    )


def encode_aare(
    user_information: bytes,
    diagnostic: Diagnostic,
    *,
    ciphered: bool = False,
    mechanism: Mechanism = Mechanism.NONE,
    challenge: bytes | None = None,
    title: bytes | None = None,
) -> bytes:
    """An AARE that accepts with the null diagnostic or with a challenge, and else refuses (rejected-permanent)."""
    accepted = diagnostic is Diagnostic.NULL or challenge is not None
    content = _outcome(0 if accepted else 1, _FROM_SERVICE_USER, diagnostic, ciphered=ciphered)
    if title is not None:
        content += tagged(_RESPONDING_TITLE, tagged(OCTET_STRING, title))
    if challenge is not None:
        content += tagged(_RESPONDING_REQUIREMENTS, _AUTHENTICATION_USED)
        content += tagged(_RESPONDING_MECHANISM, encode_mechanism_name(mechanism))
        content += tagged(_RESPONDING_VALUE, tagged(_AUTHENTICATION_VALUE, challenge))
    return tagged(AARE, content + tagged(_USER_INFORMATION, tagged(OCTET_STRING, user_information)))


def encode_aare_of_other_version() -> bytes:
    """The AARE for an AARQ of a protocol version that is not known (acse-service-provider)."""
    return tagged(AARE, _outcome(1, _FROM_SERVICE_PROVIDER, _NO_COMMON_ACSE_VERSION, ciphered=False))


def decode_aare(apdu: bytes) -> AssociationResponse:
    """The response.

    Raises:
        MalformedData: not an AARE, or without a result.
    """
    found = dict(fields(untagged(apdu, AARE)))
    result = untagged(found.get(_RESULT, b""), INTEGER)
    if len(result) != 1:
        raise MalformedData("AARE without a result")
    return AssociationResponse(
        result == b"\x00",
        _diagnostic(found.get(_DIAGNOSTIC)),
        _is_ciphered(found),
        _optional(found, _RESPONDING_VALUE, _AUTHENTICATION_VALUE),
        _optional(found, _RESPONDING_TITLE, OCTET_STRING),
        _optional(found, _USER_INFORMATION, OCTET_STRING) or b"",
        transient=result == _REJECTED_TRANSIENT,
    )


def encode_rlrq() -> bytes:
    """A release request, reason normal."""
    return tagged(RLRQ, _RELEASE_REASON)


def encode_rlre() -> bytes:
    """A release response, reason normal."""
    return tagged(RLRE, _RELEASE_REASON)


def _context(*, ciphered: bool) -> bytes:
    return tagged(_APPLICATION_CONTEXT, tagged(OBJECT_IDENTIFIER, _CONTEXT_CIPHERED if ciphered else _CONTEXT_PLAIN))


def _outcome(result: int, source: int, diagnostic: int, *, ciphered: bool) -> bytes:
    reason = tagged(_DIAGNOSTIC, tagged(source, tagged(INTEGER, bytes((diagnostic,)))))
    return _context(ciphered=ciphered) + tagged(_RESULT, tagged(INTEGER, bytes((result,)))) + reason


def _has_first_bit(bits: bytes) -> bool:
    """Of a bit string: a count of unused bits, then the bits."""
    return len(bits) > 1 and bits[1] & 0x80 != 0


def _is_ciphered(found: dict[int, bytes]) -> bool | None:
    context = _optional(found, _APPLICATION_CONTEXT, OBJECT_IDENTIFIER)
    return {_CONTEXT_PLAIN: False, _CONTEXT_CIPHERED: True}.get(context or b"")


def _diagnostic(content: bytes | None) -> str:
    if content is None:
        return Diagnostic.NULL.words
    try:
        reader = Reader(content)
        source, number = reader.octet(), untagged(reader.take(reader.length()), INTEGER)
    except MalformedData:  # it only explains the result, which stands without it
        return "unreadable"
    return diagnostic_words(int.from_bytes(number[-1:]), from_provider=source != _FROM_SERVICE_USER)


def _optional(found: dict[int, bytes], tag: int, inner: int) -> bytes | None:
    return untagged(found[tag], inner) if tag in found else None
