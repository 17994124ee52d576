"""The reader's side of mode D (IEC 62056-21:2002, 6.5): the meter sends by itself, when its button is pressed or every
few seconds; octets in, events out; `now` is monotonic seconds."""

from collections import deque

from agent.dlms.iec21 import parity
from agent.dlms.iec21.events import BaudChange, ReadOut, SignOnEvent, SignOnFailed
from agent.dlms.iec21.readout import MAX_OCTETS, find_telegram, has_identification, parse_block
from agent.domain.errors import NoAnswer, RemoteProtocolError

MODE_D_BAUD = 2400
_BETWEEN_OCTETS = 2.0


class Listener:
    """Waits for one whole telegram and sends nothing. What comes before it, as the rest of another, is skipped."""

    def __init__(self, baud: int = MODE_D_BAUD) -> None:
        self._events: deque[SignOnEvent] = deque([BaudChange(baud)])
        self._received = bytearray()
        self._due: float | None = None

    def start(self, _now: float, deadline: float) -> None:
        """Ends with `ReadOut` or `SignOnFailed`, by the deadline unless a telegram is coming in then."""
        self._due = deadline

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from the meter; results are given by `next_event`."""
        if self._due is None:
            return
        self._received += data
        del self._received[:-MAX_OCTETS]
        if (read_out := self._telegram()) is not None:
            self._end(read_out)
        elif any(has_identification(line.marking(bytes(self._received))) for line in parity.DECODINGS):
            self._due = max(self._due, now + _BETWEEN_OCTETS)

    def handle_timer(self, now: float) -> None:
        """Fails, once `next_timer` is reached."""
        if self._due is not None and now >= self._due:
            self._end(SignOnFailed(RemoteProtocolError(code="garbage-answer") if self._received else NoAnswer()))

    def next_timer(self) -> float | None:
        """When `handle_timer` is to be called; None if nothing is awaited."""
        return self._due

    def data_to_send(self) -> bytes:
        """Nothing, ever."""
        return b""

    def next_event(self) -> SignOnEvent | None:
        """The oldest event that was not taken yet."""
        return self._events.popleft() if self._events else None

    def _telegram(self) -> ReadOut | None:
        """Some ports have a parity bit, some have none."""
        for line in parity.DECODINGS:
            found = find_telegram(line.marking(bytes(self._received)))
            if found is not None:
                block = parse_block(found.block)
                return ReadOut(found.identification, block.data_sets, block.set_aside)
        return None

    def _end(self, event: SignOnEvent) -> None:
        self._due = None
        self._received.clear()
        self._events.append(event)
