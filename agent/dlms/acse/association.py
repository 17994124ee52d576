"""Association: AARQ, AARE, RLRQ, RLRE (IEC 62056-5-3, ACSE), for logical names, with and without ciphering."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from agent.dlms.axdr.coding import Reader, encode_length
from agent.domain.errors import MalformedData

AARQ, AARE, RLRQ, RLRE = 0x60, 0x61, 0x62, 0x63

_CONTEXT_PLAIN = bytes.fromhex("60857405080101")
_CONTEXT_CIPHERED = bytes.fromhex("60857405080103")
_MECHANISM_PREFIX = bytes.fromhex("608574050802")
_APPLICATION_CONTEXT, _RESULT, _DIAGNOSTIC, _RESPONDING_TITLE, _CALLING_TITLE = 0xA1, 0xA2, 0xA3, 0xA4, 0xA6
_USER_INFORMATION = 0xBE
_CALLING_REQUIREMENTS, _CALLING_MECHANISM, _CALLING_VALUE = 0x8A, 0x8B, 0xAC
_RESPONDING_REQUIREMENTS, _RESPONDING_MECHANISM, _RESPONDING_VALUE = 0x88, 0x89, 0xAA
_AUTHENTICATION_USED = b"\x07\x80"
_RELEASE_REASON = bytes((0x80, 0x01, 0x00))


class Mechanism(IntEnum):
    """Authentication mechanisms by their number. 2 is each maker's own and is not among them."""

    NONE = 0
    LLS = 1
    HLS_MD5 = 3
    HLS_SHA1 = 4
    HLS_GMAC = 5
    HLS_SHA256 = 6
    HLS_ECDSA = 7

    @classmethod
    def of_words(cls, words: str) -> "Mechanism":
        """From `none`, `lls`, `hls-gmac` and so on. Raises KeyError for anything else."""
        return cls[words.upper().replace("-", "_")]

    @property
    def is_hls(self) -> bool:
        return self > Mechanism.LLS

    @property
    def words(self) -> str:
        return self.name.lower().replace("_", "-")


class Diagnostic(IntEnum):
    """Why an association is not made (acse-service-user)."""

    NULL = 0
    NO_REASON_GIVEN = 1
    APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = 2
    AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED = 11
    AUTHENTICATION_MECHANISM_NAME_REQUIRED = 12
    AUTHENTICATION_FAILURE = 13
    AUTHENTICATION_REQUIRED = 14

    @property
    def words(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class AssociationRequest:
    """`mechanism` and `ciphered` are None where the client names one that we do not know.

    `value` is the password (LLS) or the challenge (HLS); `title` the client's system title.
    """

    mechanism: Mechanism | None
    ciphered: bool | None
    value: bytes | None = field(repr=False)
    title: bytes | None
    user_information: bytes


@dataclass(frozen=True)
class AssociationResponse:
    """`diagnostic` in words; `user_information` is an InitiateResponse, plain or ciphered, or an error.

    `value` is the meter's challenge where HLS goes on (`authentication-required` and accepted).
    """

    accepted: bool
    diagnostic: str
    ciphered: bool | None
    value: bytes | None
    title: bytes | None
    user_information: bytes


def encode_aarq(request: AssociationRequest) -> bytes:
    content = _context(ciphered=bool(request.ciphered))
    if request.title is not None:
        content += _tagged(_CALLING_TITLE, _tagged(0x04, request.title))
    if request.mechanism:
        content += _tagged(_CALLING_REQUIREMENTS, _AUTHENTICATION_USED)
        content += _tagged(_CALLING_MECHANISM, _MECHANISM_PREFIX + bytes((request.mechanism,)))
        content += _tagged(_CALLING_VALUE, _tagged(0x80, request.value or b""))
    return _tagged(AARQ, content + _tagged(_USER_INFORMATION, _tagged(0x04, request.user_information)))


def decode_aarq(apdu: bytes) -> AssociationRequest:
    """Raises MalformedData if it is no AARQ."""
    fields = dict(_fields(_body(apdu, AARQ)))
    return AssociationRequest(
        _mechanism(fields.get(_CALLING_MECHANISM)),
        _is_ciphered(fields),
        _optional(fields, _CALLING_VALUE, 0x80),
        _optional(fields, _CALLING_TITLE, 0x04),
        _optional(fields, _USER_INFORMATION, 0x04) or b"",
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
    """Accepts with the null diagnostic, or with a challenge; else refuses for good (rejected-permanent)."""
    accepted = diagnostic is Diagnostic.NULL or challenge is not None
    content = _context(ciphered=ciphered)
    content += _tagged(_RESULT, _tagged(0x02, b"\x00" if accepted else b"\x01"))
    content += _tagged(_DIAGNOSTIC, _tagged(0xA1, _tagged(0x02, bytes((diagnostic,)))))
    if title is not None:
        content += _tagged(_RESPONDING_TITLE, _tagged(0x04, title))
    if challenge is not None:
        content += _tagged(_RESPONDING_REQUIREMENTS, _AUTHENTICATION_USED)
        content += _tagged(_RESPONDING_MECHANISM, _MECHANISM_PREFIX + bytes((mechanism,)))
        content += _tagged(_RESPONDING_VALUE, _tagged(0x80, challenge))
    return _tagged(AARE, content + _tagged(_USER_INFORMATION, _tagged(0x04, user_information)))


def decode_aare(apdu: bytes) -> AssociationResponse:
    """Raises MalformedData if it is no AARE, or has no result."""
    fields = dict(_fields(_body(apdu, AARE)))
    result = _inner(fields.get(_RESULT, b""), 0x02)
    if len(result) != 1:
        raise MalformedData("AARE without a result")
    return AssociationResponse(
        result == b"\x00",
        _diagnostic(fields.get(_DIAGNOSTIC)),
        _is_ciphered(fields),
        _optional(fields, _RESPONDING_VALUE, 0x80),
        _optional(fields, _RESPONDING_TITLE, 0x04),
        _optional(fields, _USER_INFORMATION, 0x04) or b"",
    )


def encode_rlrq() -> bytes:
    return _tagged(RLRQ, _RELEASE_REASON)


def encode_rlre() -> bytes:
    return _tagged(RLRE, _RELEASE_REASON)


def _context(*, ciphered: bool) -> bytes:
    return _tagged(_APPLICATION_CONTEXT, _tagged(0x06, _CONTEXT_CIPHERED if ciphered else _CONTEXT_PLAIN))


def _is_ciphered(fields: dict[int, bytes]) -> bool | None:
    context = _optional(fields, _APPLICATION_CONTEXT, 0x06)
    return {_CONTEXT_PLAIN: False, _CONTEXT_CIPHERED: True}.get(context or b"")


def _mechanism(name: bytes | None) -> Mechanism | None:
    if name is None:
        return Mechanism.NONE
    if name[:-1] != _MECHANISM_PREFIX or name[-1] not in list(Mechanism):
        return None
    return Mechanism(name[-1])


def _diagnostic(content: bytes | None) -> str:
    """In words; the source (service user 0xA1, provider 0xA2) stands before the number."""
    if content is None:
        return Diagnostic.NULL.words
    reader = Reader(content)
    source, number = reader.octet(), _inner(reader.take(reader.length()), 0x02)
    if source == 0xA1 and number and number[-1] in list(Diagnostic):
        return Diagnostic(number[-1]).words
    return f"{'user' if source == 0xA1 else 'provider'} {number.hex()}"


def _optional(fields: dict[int, bytes], tag: int, inner: int) -> bytes | None:
    return _inner(fields[tag], inner) if tag in fields else None


def _tagged(tag: int, content: bytes) -> bytes:
    return bytes((tag,)) + encode_length(len(content)) + content


def _body(apdu: bytes, tag: int) -> bytes:
    reader = Reader(apdu)
    if reader.octet() != tag:
        raise MalformedData("unexpected APDU")
    body = reader.take(reader.length())
    reader.end()
    return body


def _fields(body: bytes) -> Iterator[tuple[int, bytes]]:
    reader = Reader(body)
    while reader.remaining():
        tag = reader.octet()
        yield tag, reader.take(reader.length())


def _inner(content: bytes, tag: int) -> bytes:
    reader = Reader(content)
    if reader.octet() != tag:
        raise MalformedData("unexpected field")
    inner = reader.take(reader.length())
    reader.end()
    return inner
