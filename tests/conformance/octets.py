"""Frames and APDUs as octets, made and read here without the engine: a mistake of its cannot hide itself.

Frames are those of IEC 62056-46:2002+A1:2006; addresses are given as their octets.
"""

from dataclasses import dataclass

FLAG = b"\x7e"
POLL = 0x10
RR, RNR, UI, DM, DISC, UA, SNRM, FRMR = 0x01, 0x05, 0x03, 0x0F, 0x43, 0x63, 0x83, 0x87
COMMAND, RESPONSE = b"\xe6\xe6\x00", b"\xe6\xe7\x00"
_SEGMENTED = 0x08


def check(octets: bytes) -> bytes:
    """The check sequence of these octets, low octet first."""
    register = 0xFFFF
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return (register ^ 0xFFFF).to_bytes(2, "little")


def address(*parts: int) -> bytes:
    """An address of seven-bit parts; only the last octet has its lowest bit set."""
    octets = bytearray(part << 1 for part in parts)
    octets[-1] |= 1
    return bytes(octets)


def frame(destination: bytes, source: bytes, control: int, information: bytes = b"", segmented: bool = False) -> bytes:
    """One frame between its flags."""
    content = destination + source + bytes((control,))
    length = 2 + len(content) + 2 + (len(information) + 2 if information else 0)
    header = bytes((0xA0 | (_SEGMENTED if segmented else 0) | length >> 8, length & 0xFF)) + content
    if information:
        header += check(header) + information
    return FLAG + header + check(header) + FLAG


def i_frame(ns: int, nr: int, final: bool = True) -> int:
    """The control field of an I frame."""
    return nr << 5 | (POLL if final else 0) | ns << 1


def supervisory(kind: int, nr: int, final: bool = True) -> int:
    """The control field of RR or RNR."""
    return nr << 5 | (POLL if final else 0) | kind


@dataclass(frozen=True)
class Seen:
    """A frame as it came."""

    destination: bytes
    source: bytes
    control: int
    information: bytes
    segmented: bool

    @property
    def is_information(self) -> bool:
        return self.control & 1 == 0

    @property
    def kind(self) -> int:
        """The control field without P/F and numbers; 0 for I."""
        if self.is_information:
            return 0
        return self.control & (0x0F if self.control & 3 == 1 else 0xEF)

    @property
    def final(self) -> bool:
        return bool(self.control & POLL)

    @property
    def ns(self) -> int:
        return self.control >> 1 & 7

    @property
    def nr(self) -> int:
        return self.control >> 5

    def __str__(self) -> str:
        names = {RR: "RR", RNR: "RNR", UI: "UI", DM: "DM", DISC: "DISC", UA: "UA", SNRM: "SNRM", FRMR: "FRMR"}
        return "I" if self.is_information else names.get(self.kind, f"{self.control:#04x}")


def frames(octets: bytes) -> list[Seen]:
    """The frames in octets that hold nothing else. Raises AssertionError for what is no frame."""
    found: list[Seen] = []
    while octets and octets != FLAG:
        assert octets[:1] == FLAG, f"no flag before {octets.hex()}"
        length = (octets[1] << 8 | octets[2]) & 0x7FF
        found.append(_seen(octets[1 : length + 1]))
        octets = octets[length + 1 :]
        assert octets[:1] == FLAG, "no flag after a frame"
        if octets[1:2] == FLAG:
            octets = octets[1:]
    return found


def parameters(*groups: tuple[int, bytes]) -> bytes:
    """The information field of SNRM or UA with these parameters."""
    content = b"".join(bytes((name, len(value))) + value for name, value in groups)
    return bytes((0x81, 0x80, len(content))) + content


def read_parameters(information: bytes) -> dict[int, int]:
    """The parameters in the information field of UA; what is not named has its default."""
    values = {5: 128, 6: 128, 7: 1, 8: 1}
    if information:
        assert information[:2] == b"\x81\x80" and information[2] == len(information) - 3, "malformed parameters"
    rest = information[3:]
    while rest:
        values[rest[0]] = int.from_bytes(rest[2 : 2 + rest[1]])
        rest = rest[2 + rest[1] :]
    return values


def tagged(tag: int, content: bytes) -> bytes:
    """BER: tag, length and content."""
    length = bytes((len(content),)) if len(content) < 0x80 else bytes((0x81, len(content)))
    return bytes((tag,)) + length + content


def fields(octets: bytes) -> dict[int, bytes]:
    """BER: what is in each of these fields."""
    found = {}
    while octets:
        start, length = (3, octets[2]) if octets[1] == 0x81 else (2, octets[1])
        found[octets[0]] = octets[start : start + length]
        octets = octets[start + length :]
    return found


def _seen(content: bytes) -> Seen:
    assert check(content[:-2]) == content[-2:], f"wrong check sequence: {content.hex()}"
    end = _address_end(content, 2)
    destination, start = content[2:end], end
    end = _address_end(content, start)
    source, information = content[start:end], content[end + 1 : -2]
    if information:
        assert check(content[: end + 1]) == information[:2], f"wrong header check sequence: {content.hex()}"
    return Seen(destination, source, content[end], information[2:], bool(content[0] & _SEGMENTED))


def _address_end(content: bytes, at: int) -> int:
    while content[at] & 1 == 0:
        at += 1
    return at + 1
