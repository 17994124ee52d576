"""The messages of a sign-on (IEC 62056-21:2002, 6.3): request, identification, acknowledgement; and baud rates."""

import re
from dataclasses import dataclass

from agent.domain.errors import InputError

ACK, NAK, STX, ETX = 0x06, 0x15, 0x02, 0x03
FIRST_BAUD = 300
BAUDS = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}
"""Rates of modes C and E, which the reader acknowledges."""
UNASKED_BAUDS = {"A": 600, "B": 1200, "C": 2400, "D": 4800, "E": 9600, "F": 19200}
"""Rates of mode B, to which the meter changes by itself before it sends its data."""
_ADDRESS = re.compile(r"[0-9A-Za-z ]{0,32}")
_IDENTIFICATION = re.compile(rb"/([A-Za-z]{3})([!-.0-\[\]-~])((?:\\[!-.0-~])*)([ -.0-~]{0,32})\r\n(\r\n)?")
_REQUEST = re.compile(rb"/\?([0-9A-Za-z ]{0,32})!\r\n")
_ACKNOWLEDGEMENT = re.compile(rb"\x06([0-9])([0-9A-I])([0-9A-Z])\r\n")
_HDLC = b"\\2"


@dataclass(frozen=True)
class Identification:
    """A meter's first message (6.3.2). `baud_letter` is the fastest rate that it offers; `speaks_hdlc` is mode E.

    A digit stands for modes C and E, a letter of `UNASKED_BAUDS` for mode B, any other character for mode A. After a
    blank line `data_follow`: mode D.
    """

    maker: str
    baud_letter: str
    text: str
    speaks_hdlc: bool
    data_follow: bool = False

    @property
    def sends_unasked(self) -> bool:
        """Whether the data follow without an acknowledgement: modes A, B and D."""
        return self.data_follow or not self.baud_letter.isdigit()


@dataclass(frozen=True)
class Acknowledgement:
    """The choice of protocol, rate and mode (6.3.3). `mode` 2 is HDLC, 0 a readout."""

    protocol: str
    baud_letter: str
    mode: str


def encode_request(device_address: str) -> bytes:
    """The request for any meter, or for the one with this device address.

    Raises:
        InputError: no meter can have such an address.
    """
    if not _ADDRESS.fullmatch(device_address):
        raise InputError(code="bad-input", field=device_address[:40])
    return b"/?" + device_address.encode("ascii") + b"!\r\n"


def find_request(octets: bytes) -> tuple[str, int] | None:
    """The requested device address, and where the message ends; None without a whole request."""
    found = _REQUEST.search(octets)
    return (found[1].decode("ascii"), found.end()) if found else None


def encode_identification(identification: Identification) -> bytes:
    """The identification message."""
    escapes = _HDLC if identification.speaks_hdlc else b""
    head = f"/{identification.maker}{identification.baud_letter}".encode("ascii")
    ends = b"\r\n\r\n" if identification.data_follow else b"\r\n"
    return head + escapes + identification.text.encode("ascii") + ends


def find_identification(octets: bytes) -> tuple[Identification, int] | None:
    """The first identification, and where it ends; None without a whole one."""
    found = _IDENTIFICATION.search(octets)
    if found is None:
        return None
    maker, letter, escapes, text, blank = found.groups()
    words = maker.decode(), letter.decode(), text.decode()
    return Identification(*words, _HDLC in escapes, blank is not None), found.end()


def encode_acknowledgement(acknowledgement: Acknowledgement) -> bytes:
    """The acknowledgement message."""
    text = acknowledgement.protocol + acknowledgement.baud_letter + acknowledgement.mode
    return bytes((ACK,)) + text.encode("ascii") + b"\r\n"


def find_acknowledgement(octets: bytes) -> tuple[Acknowledgement, int] | None:
    """The first acknowledgement, and where it ends; None without a whole one."""
    found = _ACKNOWLEDGEMENT.search(octets)
    if found is None:
        return None
    return Acknowledgement(*(part.decode() for part in found.groups())), found.end()


def slower_of(letter: str, max_baud: int | None) -> str:
    """The letter of the fastest rate that both sides support. A letter that is reserved stands for 300 baud."""
    offered = BAUDS.get(letter, FIRST_BAUD)
    allowed = [name for name, baud in BAUDS.items() if baud <= min(offered, max_baud or offered)]
    return allowed[-1] if allowed else "0"
