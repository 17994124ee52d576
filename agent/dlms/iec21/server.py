"""A meter's optical port: answers a sign-on, reads itself out, or hands over to HDLC; for simulated meters."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.dlms.iec21 import parity
from agent.dlms.iec21.lines import (
    BAUDS,
    FIRST_BAUD,
    NAK,
    Identification,
    encode_identification,
    find_acknowledgement,
    find_request,
)
from agent.dlms.iec21.readout import DataSet, encode_message

_MAX_HEARD = 256


@dataclass(frozen=True)
class PortSettings:
    """`silence` is after how many seconds without a word the port is at 300 baud again."""

    identification: Identification
    device_address: str = ""
    silence: float = 10.0


class Port:
    """Octets in, octets out, until `speaks_hdlc`; `baud` is the rate of what comes next."""

    def __init__(self, settings: PortSettings, data_sets: Callable[[], tuple[DataSet, ...]]) -> None:
        self._settings, self._data_sets = settings, data_sets
        self._heard = bytearray()
        self._out = bytearray()
        self._last_word = 0.0
        self._greeted = self._has_read_out = False
        self.baud = FIRST_BAUD
        self.speaks_hdlc = False

    def receive(self, data: bytes, now: float) -> None:
        if now - self._last_word > self._settings.silence:
            self.reset()
        self._last_word = now
        self._heard += parity.decode_leniently(data)
        del self._heard[:-_MAX_HEARD]
        self._listen()

    def data_to_send(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def reset(self) -> None:
        """Back to the beginning: after a silence, or when HDLC has ended."""
        self._heard.clear()
        self._greeted = self._has_read_out = self.speaks_hdlc = False
        self.baud = FIRST_BAUD

    def _listen(self) -> None:
        heard = bytes(self._heard)
        if request := find_request(heard):
            self._heard.clear()
            self._greet(request[0])
        elif self._greeted and (acknowledgement := find_acknowledgement(heard)):
            self._heard.clear()
            self._follow(acknowledgement[0].baud_letter, acknowledgement[0].mode)
        elif self._has_read_out and NAK in heard:
            self._heard.clear()
            self._read_out()

    def _greet(self, device_address: str) -> None:
        if device_address in ("", self._settings.device_address):
            self.baud = FIRST_BAUD
            self._greeted = True
            self._out += parity.encode(encode_identification(self._settings.identification))

    def _follow(self, letter: str, mode: str) -> None:
        self.baud = BAUDS.get(letter, FIRST_BAUD)
        if mode == "2" and self._settings.identification.speaks_hdlc:
            self.speaks_hdlc = True
        elif mode == "0":
            self._read_out()

    def _read_out(self) -> None:
        self._has_read_out = True
        self._out += parity.encode(encode_message(self._data_sets()))
