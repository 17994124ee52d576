"""A meter's optical port, for simulated meters: answers a sign-on, sends a readout, or hands over to HDLC."""

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

_MAX_RECEIVED = 256


@dataclass(frozen=True)
class PortSettings:
    """`silence` is after how many seconds without input the port returns to 300 baud."""

    identification: Identification
    device_address: str = ""
    silence: float = 10.0


class Port:
    """Octets in, octets out, until `speaks_hdlc`; `baud` is the rate of all that follows."""

    def __init__(self, settings: PortSettings, data_sets: Callable[[], tuple[DataSet, ...]]) -> None:
        self._settings, self._data_sets = settings, data_sets
        self._received = bytearray()
        self._out = bytearray()
        self._last_input_at = 0.0
        self._is_identified = self._has_read_out = False
        self.baud = FIRST_BAUD
        self.speaks_hdlc = False

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from a reader; `now` is monotonic seconds."""
        if now - self._last_input_at > self._settings.silence:
            self.reset()
        self._last_input_at = now
        self._received += parity.decode_leniently(data)
        del self._received[:-_MAX_RECEIVED]
        self._answer()

    def data_to_send(self) -> bytes:
        """Octets to be sent, each given once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def reset(self) -> None:
        """Returns to 300 baud and awaits a request: after a silence, or when HDLC has ended."""
        self._received.clear()
        self._is_identified = self._has_read_out = self.speaks_hdlc = False
        self.baud = FIRST_BAUD

    def _answer(self) -> None:
        received = bytes(self._received)
        if request := find_request(received):
            self._received.clear()
            self._identify(request[0])
        elif self._is_identified and (acknowledgement := find_acknowledgement(received)):
            self._received.clear()
            self._obey(acknowledgement[0].baud_letter, acknowledgement[0].mode)
        elif self._has_read_out and NAK in received:
            self._received.clear()
            self._send_readout()

    def _identify(self, device_address: str) -> None:
        if device_address in ("", self._settings.device_address):
            self.baud = FIRST_BAUD
            self._is_identified = True
            self._out += parity.encode(encode_identification(self._settings.identification))

    def _obey(self, letter: str, mode: str) -> None:
        self.baud = BAUDS.get(letter, FIRST_BAUD)
        if mode == "2" and self._settings.identification.speaks_hdlc:
            self.speaks_hdlc = True
        elif mode == "0":
            self._send_readout()

    def _send_readout(self) -> None:
        self._has_read_out = True
        self._out += parity.encode(encode_message(self._data_sets()))
