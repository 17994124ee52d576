"""Association: AARQ, AARE, RLRQ, RLRE (IEC 62056-5-3, ACSE), for logical names without ciphering."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from agent.dlms.axdr import Reader, encode_length
from agent.domain.errors import MalformedData

Authentication = Literal["none", "lls"]

AARQ, AARE, RLRQ, RLRE = 0x60, 0x61, 0x62, 0x63

_CONTEXT = bytes((0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01))
_MECHANISM_NONE = bytes((0x60, 0x85, 0x74, 0x05, 0x08, 0x02, 0x00))
_MECHANISM_LLS = bytes((0x60, 0x85, 0x74, 0x05, 0x08, 0x02, 0x01))
_APPLICATION_CONTEXT, _RESULT, _DIAGNOSTIC = 0xA1, 0xA2, 0xA3
_REQUIREMENTS, _MECHANISM, _SECRET, _USER_INFORMATION = 0x8A, 0x8B, 0xAC, 0xBE
_RELEASE_REASON = bytes((0x80, 0x01, 0x00))


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
    """`authentication` is None where the client names one that we do not know."""

    authentication: Authentication | None
    secret: bytes | None = field(repr=False)
    user_information: bytes
    context_known: bool = True


@dataclass(frozen=True)
class AssociationResponse:
    """`diagnostic` in words; `user_information` is an InitiateResponse, or a ConfirmedServiceError."""

    accepted: bool
    diagnostic: str
    user_information: bytes


def encode_aarq(authentication: Authentication, secret: bytes | None, user_information: bytes) -> bytes:
    content = _tagged(_APPLICATION_CONTEXT, _tagged(0x06, _CONTEXT))
    if authentication == "lls":
        content += _tagged(_REQUIREMENTS, b"\x07\x80") + _tagged(_MECHANISM, _MECHANISM_LLS)
        content += _tagged(_SECRET, _tagged(0x80, secret or b""))
    content += _tagged(_USER_INFORMATION, _tagged(0x04, user_information))
    return _tagged(AARQ, content)


def decode_aarq(apdu: bytes) -> AssociationRequest:
    """Raises MalformedData if it is no AARQ."""
    fields = dict(_fields(_body(apdu, AARQ)))
    mechanism = fields.get(_MECHANISM)
    authentication: Authentication | None = "none" if mechanism in (None, _MECHANISM_NONE) else None
    if mechanism == _MECHANISM_LLS:
        authentication = "lls"
    secret = _inner(fields[_SECRET], 0x80) if _SECRET in fields else None
    context = _inner(fields.get(_APPLICATION_CONTEXT, b""), 0x06)
    return AssociationRequest(authentication, secret, _user_information(fields), context_known=context == _CONTEXT)


def encode_aare(response_user_information: bytes, diagnostic: Diagnostic) -> bytes:
    """Accepts with the null diagnostic, else refuses for good (rejected-permanent)."""
    accepted = diagnostic is Diagnostic.NULL
    content = _tagged(_APPLICATION_CONTEXT, _tagged(0x06, _CONTEXT))
    content += _tagged(_RESULT, _tagged(0x02, b"\x00" if accepted else b"\x01"))
    content += _tagged(_DIAGNOSTIC, _tagged(0xA1, _tagged(0x02, bytes((diagnostic,)))))
    content += _tagged(_USER_INFORMATION, _tagged(0x04, response_user_information))
    return _tagged(AARE, content)


def decode_aare(apdu: bytes) -> AssociationResponse:
    """Raises MalformedData if it is no AARE, or has no result."""
    fields = dict(_fields(_body(apdu, AARE)))
    result = _inner(fields.get(_RESULT, b""), 0x02)
    if len(result) != 1:
        raise MalformedData("AARE without a result")
    return AssociationResponse(result == b"\x00", _diagnostic(fields.get(_DIAGNOSTIC)), _user_information(fields))


def encode_rlrq() -> bytes:
    return _tagged(RLRQ, _RELEASE_REASON)


def encode_rlre() -> bytes:
    return _tagged(RLRE, _RELEASE_REASON)


def _diagnostic(content: bytes | None) -> str:
    """In words; the source (service user 0xA1, provider 0xA2) stands before the number."""
    if content is None:
        return Diagnostic.NULL.words
    reader = Reader(content)
    source, number = reader.octet(), _inner(reader.take(reader.length()), 0x02)
    if source == 0xA1 and number and number[-1] in list(Diagnostic):
        return Diagnostic(number[-1]).words
    return f"{'user' if source == 0xA1 else 'provider'} {number.hex()}"


def _user_information(fields: dict[int, bytes]) -> bytes:
    return _inner(fields[_USER_INFORMATION], 0x04) if _USER_INFORMATION in fields else b""


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
