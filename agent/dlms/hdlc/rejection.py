"""Frame reject (FRMR): what a station could not accept, and why (ISO/IEC 13239:2002, 5.5.3.4)."""

from enum import IntFlag

from agent.domain.errors import RemoteProtocolError


class Reason(IntFlag):
    """The last octet of FRMR; `INFORMATION_NOT_ALLOWED` comes together with `CONTROL_INVALID`."""

    CONTROL_INVALID = 0x01
    INFORMATION_NOT_ALLOWED = 0x02
    TOO_LONG = 0x04
    NR_INVALID = 0x08


_CODES = {
    Reason.TOO_LONG: "frame-too-long",
    Reason.NR_INVALID: "frame-number-rejected",
    Reason.INFORMATION_NOT_ALLOWED: "frame-content-rejected",
    Reason.CONTROL_INVALID: "frame-kind-rejected",
}
"""The most telling reason first."""
REJECTIONS = frozenset((*_CODES.values(), "frame-rejected"))
"""Codes of the errors that `rejection` makes."""


def rejection(information: bytes) -> RemoteProtocolError:
    """The error for an FRMR with this information field, which meters leave empty or cut short at times."""
    reasons = Reason(information[2] & sum(Reason)) if len(information) > 2 else Reason(0)
    code = next((code for reason, code in _CODES.items() if reason in reasons), "frame-rejected")
    words = ", ".join(str(reason.name).lower().replace("_", "-") for reason in reasons) or "no reason given"
    return RemoteProtocolError(f"the meter answered FRMR: {words}", code=code)
