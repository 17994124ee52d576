"""One HDLC frame of format type 3, and its octets (ISO/IEC 13239:2002; IEC 62056-46:2002+A1:2006)."""

from enum import Enum
from functools import cache, lru_cache
from typing import NamedTuple

from agent.dlms.hdlc.address import Address, decode_address
from agent.dlms.hdlc.crc import AFTER_SOUND, check_sequence, is_sound
from agent.domain.errors import LocalProtocolError, MalformedData

FLAG = 0x7E
MAX_LENGTH = 0x7FF
_SHORTEST = 7
_FORMAT_TYPE_3 = 0xA000
_SEGMENTED = 0x0800
_POLL_FINAL = 0x10


class FrameKind(Enum):
    """The value is the control octet without its poll/final bit and sequence numbers.

    An `UNKNOWN` control octet is kept in N(S) and N(R), which have its bits.
    """

    I = 0x00  # noqa: E741 - its name in the standard
    RR = 0x01
    RNR = 0x05
    UI = 0x03
    DM = 0x0F
    DISC = 0x43
    UA = 0x63
    SNRM = 0x83
    FRMR = 0x87
    UNKNOWN = -1


_NUMBERED = (FrameKind.I, FrameKind.RR, FrameKind.RNR)
_SUPERVISORY = {kind.value: kind for kind in (FrameKind.RR, FrameKind.RNR)}
_UNNUMBERED = {kind.value: kind for kind in FrameKind if kind not in _NUMBERED}


class Frame(NamedTuple):
    """`ns` and `nr` are N(S) and N(R), modulo 8, and 0 where the kind has none; `final` is the P/F bit."""

    kind: FrameKind
    destination: Address
    source: Address
    ns: int = 0
    nr: int = 0
    final: bool = True
    information: bytes = b""
    segmented: bool = False

    @property
    def control(self) -> int:
        """The control octet."""
        return _control(self.kind, self.ns, self.nr, self.final)

    def __str__(self) -> str:
        """As in `I N(S)=0 N(R)=1 P/F 26 octets`."""
        parts = (
            self.kind.name,
            f"N(S)={self.ns}" if self.kind is FrameKind.I else "",
            f"N(R)={self.nr}" if self.kind in _NUMBERED else "",
            "P/F" if self.final else "",
            "segmented" if self.segmented else "",
            f"{len(self.information)} octets" if self.information else "",
        )
        return " ".join(filter(None, parts))


def encode_frame(frame: Frame) -> bytes:
    """The octets of the frame, with its two flags.

    Raises:
        LocalProtocolError: its information field is too long for one frame.
    """
    kind, destination, source, ns, nr, final, information, segmented = frame
    addresses = destination.encode() + source.encode()
    length = len(addresses) + 5 + (len(information) + 2 if information else 0)
    if length > MAX_LENGTH:
        raise LocalProtocolError("information field too long")
    format_field = _FORMAT_TYPE_3 | (_SEGMENTED if segmented else 0) | length
    header = _header(format_field, addresses, _control(kind, ns, nr, final))
    if not information:
        return b"\x7e" + header + b"\x7e"
    return b"".join((b"\x7e", header, information, check_sequence(information, AFTER_SOUND), b"\x7e"))


def decode_frame(octets: bytes) -> Frame:
    """The frame in the octets between two flags.

    Raises:
        MalformedData: a wrong length, check sequence or address.
    """
    if len(octets) < _SHORTEST or (octets[0] << 8 | octets[1]) & ~_SEGMENTED != _FORMAT_TYPE_3 + len(octets):
        raise MalformedData("bad frame length")
    if not is_sound(octets):
        raise MalformedData("bad frame check sequence")
    destination, offset = decode_address(octets, 2)
    source, offset = decode_address(octets, offset)
    information = _information(octets, offset + 1)
    kind, ns, nr, final = _decode_control(octets[offset])
    return Frame(kind, destination, source, ns, nr, final, information, octets[0] & _SEGMENTED >> 8 != 0)


def frame_length(octets: bytes) -> int:
    """Length in octets of the frame that begins with these (two at least); 0 if it is not of format type 3."""
    format_field = octets[0] << 8 | octets[1]
    return format_field & MAX_LENGTH if format_field & 0xF000 == _FORMAT_TYPE_3 else 0


def header_is_bad(octets: bytes) -> bool:
    """Whether the beginning of a frame already shows that it is none, long before its end."""
    length = frame_length(octets)
    if length < _SHORTEST:
        return True
    try:
        _, offset = decode_address(octets, 2)
        _, offset = decode_address(octets, offset)
    except MalformedData:
        return len(octets) >= 10
    header_end = offset + 1
    if length == header_end + 2 or len(octets) < header_end + 2:
        return False
    return not is_sound(octets[: header_end + 2])


def _information(octets: bytes, header_end: int) -> bytes:
    end = len(octets) - 2
    if header_end == end:
        return b""
    if header_end > end or not is_sound(octets[: header_end + 2]):
        raise MalformedData("bad header check sequence")
    return octets[header_end + 2 : end]


@lru_cache(maxsize=256)  # headers recur, as there are only eight sequence numbers
def _header(format_field: int, addresses: bytes, control: int) -> bytes:
    """With its check sequence."""
    octets = format_field.to_bytes(2) + addresses + control.to_bytes()
    return octets + check_sequence(octets)


def _control(kind: FrameKind, ns: int, nr: int, final: bool) -> int:
    poll_final = _POLL_FINAL if final else 0
    if kind in (FrameKind.I, FrameKind.UNKNOWN):
        return nr << 5 | poll_final | ns << 1 | (kind is FrameKind.UNKNOWN)
    if kind in _NUMBERED:
        return nr << 5 | poll_final | int(kind.value)
    return int(kind.value) | poll_final


@cache
def _decode_control(control: int) -> tuple[FrameKind, int, int, bool]:
    """Kind, N(S), N(R), P/F."""
    final = bool(control & _POLL_FINAL)
    if control & 1 == 0:
        return FrameKind.I, control >> 1 & 7, control >> 5, final
    if kind := _SUPERVISORY.get(control & 0x0F):
        return kind, 0, control >> 5, final
    if kind := _UNNUMBERED.get(control & ~_POLL_FINAL):
        return kind, 0, 0, final
    return FrameKind.UNKNOWN, control >> 1 & 7, control >> 5, final
