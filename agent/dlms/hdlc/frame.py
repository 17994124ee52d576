"""One HDLC frame of format type 3: what it says, and its octets."""

from dataclasses import dataclass
from enum import Enum
from functools import cache

from agent.dlms.hdlc.address import Address, decode_address
from agent.dlms.hdlc.crc import check_sequence
from agent.domain.errors import LocalProtocolError, MalformedData

FLAG = 0x7E
MAX_LENGTH = 0x7FF
_FORMAT_TYPE_3 = 0xA000
_SEGMENTED = 0x0800
_POLL_FINAL = 0x10


class Kind(Enum):
    """The value is the control octet without its poll/final bit and sequence numbers."""

    I = 0x00  # noqa: E741 - its name in the standard
    RR = 0x01
    RNR = 0x05
    UI = 0x03
    DM = 0x0F
    DISC = 0x43
    UA = 0x63
    SNRM = 0x83
    FRMR = 0x87


_UNNUMBERED = {kind.value: kind for kind in (Kind.UI, Kind.DM, Kind.DISC, Kind.UA, Kind.SNRM, Kind.FRMR)}
_SUPERVISORY = {kind.value: kind for kind in (Kind.RR, Kind.RNR)}


@dataclass(frozen=True)
class Frame:
    """`ns` and `nr` are N(S) and N(R), modulo 8, and 0 where the kind has none; `final` is the P/F bit."""

    kind: Kind
    destination: Address
    source: Address
    ns: int = 0
    nr: int = 0
    final: bool = True
    information: bytes = b""
    segmented: bool = False

    def __str__(self) -> str:
        numbers = {Kind.I: f" N(S)={self.ns} N(R)={self.nr}", Kind.RR: f" N(R)={self.nr}", Kind.RNR: f" N(R)={self.nr}"}
        parts = [self.kind.name, numbers.get(self.kind, ""), " P/F" if self.final else ""]
        parts += [
            " segmented" if self.segmented else "",
            f" {len(self.information)} octets" if self.information else "",
        ]
        return "".join(parts)


def encode_frame(frame: Frame) -> bytes:
    """The frame between its two flags.

    Raises:
        LocalProtocolError: its information field is too long for one frame.
    """
    addresses = frame.destination.encode() + frame.source.encode()
    check_octets = 4 if frame.information else 2
    length = 2 + len(addresses) + 1 + len(frame.information) + check_octets
    if length > MAX_LENGTH:
        raise LocalProtocolError("information field too long")
    format_field = _FORMAT_TYPE_3 | (_SEGMENTED if frame.segmented else 0) | length
    header = format_field.to_bytes(2) + addresses + bytes((_control(frame),))
    body = header + check_sequence(header) + frame.information if frame.information else header
    return b"\x7e" + body + check_sequence(body) + b"\x7e"


def decode_frame(octets: bytes) -> Frame:
    """The frame in the octets between two flags.

    Raises:
        MalformedData: a wrong length, check sequence, address or control field.
    """
    if len(octets) < 7 or frame_length(octets) != len(octets):
        raise MalformedData("bad frame length")
    if check_sequence(octets[:-2]) != octets[-2:]:
        raise MalformedData("bad frame check sequence")
    destination, offset = decode_address(octets, 2)
    source, offset = decode_address(octets, offset)
    return _with_control(octets, offset, destination, source)


def frame_length(octets: bytes) -> int | None:
    """Length of the frame that begins with these octets (two at least); None if it is no format type 3."""
    format_field = int.from_bytes(octets[:2])
    return format_field & MAX_LENGTH if format_field & 0xF000 == _FORMAT_TYPE_3 else None


def header_is_bad(octets: bytes) -> bool:
    """Whether what has come of a frame already shows that it is none, long before its end."""
    length = frame_length(octets)
    if length is None or length < 7:
        return True
    try:
        _, offset = decode_address(octets, 2)
        _, offset = decode_address(octets, offset)
    except MalformedData:
        return len(octets) >= 10
    header_end = offset + 1
    if length == header_end + 2 or len(octets) < header_end + 2:
        return False
    return check_sequence(octets[:header_end]) != octets[header_end : header_end + 2]


def _with_control(octets: bytes, offset: int, destination: Address, source: Address) -> Frame:
    header_end = offset + 1
    if header_end > len(octets) - 2:
        raise MalformedData("no control field")
    information = b""
    if header_end < len(octets) - 2:
        if check_sequence(octets[:header_end]) != octets[header_end : header_end + 2]:
            raise MalformedData("bad header check sequence")
        information = octets[header_end + 2 : -2]
    control = octets[offset]
    kind, ns, nr = _decode_control(control)
    return Frame(
        kind,
        destination,
        source,
        ns,
        nr,
        final=bool(control & _POLL_FINAL),
        information=information,
        segmented=bool(octets[0] & _SEGMENTED >> 8),
    )


def _control(frame: Frame) -> int:
    poll_final = _POLL_FINAL if frame.final else 0
    if frame.kind is Kind.I:
        return frame.nr << 5 | poll_final | frame.ns << 1
    if frame.kind in (Kind.RR, Kind.RNR):
        return frame.nr << 5 | poll_final | int(frame.kind.value)
    return int(frame.kind.value) | poll_final


@cache
def _decode_control(control: int) -> tuple[Kind, int, int]:
    if control & 1 == 0:
        return Kind.I, control >> 1 & 7, control >> 5
    if kind := _SUPERVISORY.get(control & 0x0F):
        return kind, 0, control >> 5
    if kind := _UNNUMBERED.get(control & ~_POLL_FINAL):
        return kind, 0, 0
    raise MalformedData(f"unknown control field {control:#04x}")
