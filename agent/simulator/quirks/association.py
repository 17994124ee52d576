"""Quirks of associations (IEC 62056-5-3): what an AARE looks like. They touch associations without ciphering."""

from collections.abc import Callable

from agent.dlms.acse.apdus import AARE, AARQ
from agent.dlms.acse.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, fields, tagged, untagged
from agent.simulator.quirks.quirk import ApduQuirk, Serve

_CONTEXT, _RESULT, _DIAGNOSTIC, _USER_INFORMATION = 0xA1, 0xA2, 0xA3, 0xBE
_SHORT_NAMES = bytes.fromhex("60857405080102")
_SHORT_NAME_SERVICES = bytes.fromhex("0800065f1f04001c03200080fa00")
_REJECTED_PERMANENT = tagged(INTEGER, b"\x01")
_BY_USER, _BY_PROVIDER = 0xA1, 0xA2
_AUTHENTICATION_FAILURE, _NO_COMMON_VERSION = b"\x0d", b"\x02"

_Parts = dict[int, bytes]


def _aare(name: str, words: str, change: Callable[[_Parts], None]) -> ApduQuirk:
    """Changes the AARE, given as the contents of its fields by their tags."""

    def answer(request: bytes, serve: Serve) -> list[bytes]:
        answers = serve(request)
        if request[:1] != bytes((AARQ,)) or not answers or answers[0][:1] != bytes((AARE,)):
            return answers
        parts = dict(fields(untagged(answers[0], AARE)))
        change(parts)
        return [tagged(AARE, b"".join(tagged(tag, content) for tag, content in parts.items()))]

    return ApduQuirk(name, words, lambda: answer)


def _one_octet_tag(parts: _Parts) -> None:
    information = untagged(parts.get(_USER_INFORMATION, b""), OCTET_STRING)
    parts[_USER_INFORMATION] = tagged(OCTET_STRING, information.replace(b"\x5f\x1f\x04", b"\x5f\x04"))


def _bare(parts: _Parts) -> None:
    parts.pop(_USER_INFORMATION, None)


def _short_names(parts: _Parts) -> None:
    parts[_CONTEXT] = tagged(OBJECT_IDENTIFIER, _SHORT_NAMES)
    parts[_USER_INFORMATION] = tagged(OCTET_STRING, _SHORT_NAME_SERVICES)


def _rejected(source: int, number: bytes) -> Callable[[_Parts], None]:
    def change(parts: _Parts) -> None:
        parts[_RESULT] = _REJECTED_PERMANENT
        parts[_DIAGNOSTIC] = tagged(source, tagged(INTEGER, number))
        parts.pop(_USER_INFORMATION, None)

    return change


ASSOCIATION = (
    _aare("short-names", "It speaks short names only.", _short_names),
    _aare("conformance-tag-short", "The tag of the conformance block has one octet.", _one_octet_tag),
    _aare("aare-bare", "The AARE accepts, without user information.", _bare),
    _aare(
        "aare-wrong-password",
        "The AARE rejects with the diagnostic authentication-failure.",
        _rejected(_BY_USER, _AUTHENTICATION_FAILURE),
    ),
    _aare(
        "aare-no-common-version",
        "The AARE rejects with a diagnostic of the provider.",
        _rejected(_BY_PROVIDER, _NO_COMMON_VERSION),
    ),
)
"""By the AARE; the quirk that comes later sees what the one before has made."""
