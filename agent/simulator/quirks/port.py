"""A port with nothing but a readout, changed by quirks."""

from dataclasses import dataclass

from agent.dlms.iec21 import Port, PortSettings, parity
from agent.dlms.iec21.lines import ETX, STX, Identification, encode_identification
from agent.dlms.iec21.readout import check_character
from agent.simulator.meter import SimulatedMeter
from agent.simulator.quirks.quirk import ReadoutQuirk, SentReadout, line_of
from agent.simulator.session import readout_of

_REGULAR_LETTER = "5"


class ReadoutPort:
    """A `MeterSession`. All is sent at the port's present rate, also where the identification names another one."""

    def __init__(self, meter: SimulatedMeter, quirks: tuple[ReadoutQuirk, ...]) -> None:
        self._meter, self._quirks = meter, quirks
        telegram = self._telegram()
        self._wrong_left = telegram.wrong_checks
        self._identification = Identification("EPL", telegram.letter, meter.model.upper(), False, telegram.by_itself)
        self._port = Port(PortSettings(self._identification), lambda: readout_of(meter))

    @property
    def sends_by_itself(self) -> bool:
        """Whether it is to be made a `BroadcastingPort`."""
        return self._telegram().by_itself

    @property
    def baud(self) -> int | None:
        """The rate from now on."""
        return self._port.baud

    def receive(self, data: bytes, now: float) -> None:
        """Octets that came; `now` is monotonic seconds."""
        self._port.receive(data, now)

    def data_to_send(self) -> bytes:
        """What the regular port sends, with its readout as the quirks have made it."""
        telegram = self._telegram()
        sent = parity.decode_leniently(self._port.data_to_send())
        if sent.startswith(b"/") and telegram.unasked:
            sent += self._message(telegram)
        elif sent.startswith(bytes((STX,))):
            sent = self._message(telegram)
        return sent if telegram.seven_bits else parity.encode(sent)

    def broadcast(self) -> bytes:
        """Identification and readout together (mode D)."""
        telegram = self._telegram()
        sent = encode_identification(self._identification) + self._message(telegram)
        return sent if telegram.seven_bits else parity.encode(sent)

    def _telegram(self) -> SentReadout:
        telegram = SentReadout(_REGULAR_LETTER, tuple(map(line_of, readout_of(self._meter))))
        for quirk in self._quirks:
            telegram = quirk.change(telegram)
        return telegram

    def _message(self, telegram: SentReadout) -> bytes:
        block = "".join(line + "\r\n" for line in (*telegram.lines, "!")).encode("ascii")
        if not telegram.framed:
            return block
        body = block + bytes((ETX,))
        is_wrong, self._wrong_left = self._wrong_left > 0, max(0, self._wrong_left - 1)
        return bytes((STX,)) + body + bytes((check_character(body) ^ is_wrong,))


@dataclass(frozen=True)
class BroadcastingPort:
    """A `MeterSession` of mode D (IEC 62056-21): it hears nothing, and sends its readout every few seconds."""

    port: ReadoutPort
    baud: int | None = 2400
    every: float = 5.0

    def receive(self, data: bytes, now: float) -> None:
        """Nothing is heard."""

    def data_to_send(self) -> bytes:
        """Nothing is answered."""
        return b""

    def broadcast(self) -> bytes:
        """What it sends, every so many seconds."""
        return self.port.broadcast()
