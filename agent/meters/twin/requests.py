"""What kind of request the octets on a line are, as far as they are not ciphered."""

from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind

_LLC = 3
_AARQ, _GET = 0x60, 0xC0
_NORMAL, _NEXT, _LIST = 1, 2, 3
_SELECTION = _LLC + 3 + 9
"""Place of the octet that says whether an attribute is read in part."""
_FRAMES = {FrameKind.SNRM: "connect", FrameKind.DISC: "disconnect", FrameKind.RR: "poll", FrameKind.RNR: "poll"}


class RequestKinds:
    """Follows the octets that a client sends."""

    def __init__(self) -> None:
        self._deframer = Deframer()
        self._kind = "request"
        self._goes_on = False

    def of(self, octets: bytes) -> str | None:
        """The kind of the last request that is complete with these octets; None if none is."""
        found = None
        for frame in self._deframer.feed(octets):
            found = self._frame(frame)
        return found

    def _frame(self, frame: Frame) -> str:
        if frame.kind is not FrameKind.I:
            return _FRAMES.get(frame.kind, "request")
        if not self._goes_on:
            self._kind = _apdu_kind(frame.information)
        self._goes_on = frame.segmented
        return self._kind


def _apdu_kind(information: bytes) -> str:
    tag, choice = information[_LLC : _LLC + 1], information[_LLC + 1 : _LLC + 2]
    if tag == bytes((_AARQ,)):
        return "associate"
    if tag != bytes((_GET,)):
        return "request"
    if choice == bytes((_NORMAL,)):
        return "selection" if information[_SELECTION : _SELECTION + 1] == b"\x01" else "get"
    return {bytes((_LIST,)): "list", bytes((_NEXT,)): "block"}.get(choice, "request")
