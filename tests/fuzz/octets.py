"""Frames out of octets and into them again, so that what was changed inside still gets through."""

from collections.abc import Iterable

from agent.dlms.hdlc.address import decode_address
from agent.dlms.hdlc.crc import check_sequence
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import FLAG, MAX_LENGTH, Frame, FrameKind
from agent.domain.errors import MalformedData

_SHORTEST = 7
_LLC_OCTETS = 3


def repaired(octets: bytes) -> bytes:
    """Lengths and check sequences of all that stands between flags made right."""
    out = bytearray()
    at = 0
    while (start := octets.find(FLAG, at)) >= 0 and (end := _end(octets, start)) >= 0:
        out += octets[at : start + 1] + repaired_frame(octets[start + 1 : end])
        at = end
    return bytes(out + octets[at:])


def repaired_frame(octets: bytes) -> bytes:
    """What stands between two flags."""
    length = len(octets)
    if not _SHORTEST <= length <= MAX_LENGTH:
        return octets
    body = bytes((0xA0 | octets[0] & 0x08 | length >> 8, length & 0xFF)) + octets[2:-2]
    try:
        _, offset = decode_address(body, 2)
        _, offset = decode_address(body, offset)
    except MalformedData:
        return body + check_sequence(body)
    header = body[: offset + 1]
    if len(body) >= len(header) + 2:
        body = header + check_sequence(header) + body[len(header) + 2 :]
    return body + check_sequence(body)


def _end(octets: bytes, start: int) -> int:
    """Where the closing flag is; by the length if that is right, else the next flag; -1 if there is none."""
    said = start + 1 + (int.from_bytes(octets[start + 1 : start + 3]) & MAX_LENGTH)
    return said if octets[said : said + 1] == bytes((FLAG,)) and said > start + 1 else octets.find(FLAG, start + 1)


def frames_in(octets: bytes) -> list[Frame]:
    return list(Deframer().feed(octets))


def apdus_in(frames: Iterable[Frame]) -> list[bytes]:
    """The APDUs that these frames carry, without their LLC headers."""
    apdus, content = [], b""
    for frame in frames:
        if frame.kind is FrameKind.I:
            content += frame.information
            if not frame.segmented:
                apdus.append(content[_LLC_OCTETS:])
                content = b""
    return apdus
