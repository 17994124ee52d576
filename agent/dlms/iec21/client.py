"""The reader's side of a sign-on: octets in, events out; `now` is monotonic seconds."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from agent.dlms.iec21 import parity
from agent.dlms.iec21.events import BaudChange, ReadOut, SignedOn, SignOnEvent, SignOnFailed
from agent.dlms.iec21.lines import (
    BAUDS,
    FIRST_BAUD,
    NAK,
    UNASKED_BAUDS,
    Acknowledgement,
    Identification,
    encode_acknowledgement,
    encode_request,
    find_identification,
    slower_of,
)
from agent.dlms.iec21.readout import DataBlock, find_bare_message, find_message, parse_block
from agent.domain.errors import LocalProtocolError, MalformedData, NoAnswer, RemoteProtocolError

_LONGEST_LINE = 1024
"""Octets that are kept while no identification is found in them."""


class SignOnGoal(Enum):
    """What follows the sign-on; the value is the control character that the acknowledgement asks for it with."""

    HDLC = "2"
    READOUT = "0"


@dataclass(frozen=True)
class SignOnSettings:
    """Seconds and baud. `settle` is how long a meter may take to change its rate (mode E)."""

    goal: SignOnGoal = SignOnGoal.HDLC
    device_address: str = ""
    max_baud: int | None = None
    response_timeout: float = 2.0
    settle: float = 0.5
    retries: int = 3


class _State(Enum):
    IDLE = auto()
    REQUESTING = auto()
    SETTLING = auto()
    READING = auto()


class SignOn:
    """One sign-on. Garbage and the echo of an optical head are skipped: neither looks like an identification.

    Raises:
        InputError: the settings have a device address that no meter can have.
    """

    def __init__(self, settings: SignOnSettings) -> None:
        self._settings = settings
        self._request = encode_request(settings.device_address)
        self._state = _State.IDLE
        self._received = bytearray()
        self._out = bytearray()
        self._events: deque[SignOnEvent] = deque()
        self._identification: Identification | None = None
        self._baud = FIRST_BAUD
        self._due: float | None = None
        self._deadline = 0.0
        self._retries_left = settings.retries
        self._must_change_rate = False
        self._marked = bytearray()
        self._line = parity.WITH_PARITY
        self._max_baud = settings.max_baud

    def start(self, now: float, deadline: float) -> None:
        """Begins at 300 baud; ends with `SignedOn`, `ReadOut` or `SignOnFailed`, by the deadline at the latest. As long
        as data come in, the deadline moves on.

        Raises:
            LocalProtocolError: it has been started before.
        """
        if self._state is not _State.IDLE:
            raise LocalProtocolError("a sign-on can be started only once")
        self._deadline = deadline
        self._request_identification(now)

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from the meter; results are given by `next_event`."""
        if self._state in (_State.IDLE, _State.SETTLING):
            return
        try:
            if self._state is _State.REQUESTING:
                self._received += data
                self._look_for_identification(now)
            else:
                self._take_data(data)
                self._look_for_data(now)
        except MalformedData as error:
            self._end(SignOnFailed(error))

    def handle_timer(self, now: float) -> None:
        """Repeats a request, ends the wait for a change of rate, or fails, once `next_timer` is reached."""
        due = self.next_timer()
        if due is None or now < due:
            return
        if self._state is _State.SETTLING and self._identification is not None:
            self._end(SignedOn(self._identification, self._baud))
        elif self._state is _State.READING and (block := find_bare_message(bytes(self._marked))):
            self._end_with(parse_block(block))
        elif now >= self._deadline:
            self._end(SignOnFailed(RemoteProtocolError(code="garbage-answer") if self._received else NoAnswer()))
        elif self._retries_left > 0 and not self._identification_sends_unasked:
            self._retries_left -= 1
            self._forget()
            self._send(self._request if self._state is _State.REQUESTING else bytes((NAK,)), now)
        else:
            self._try_slower(
                SignOnFailed(RemoteProtocolError(code="garbage-answer") if self._received else NoAnswer()), now
            )

    def next_timer(self) -> float | None:
        """When `handle_timer` is to be called; None if nothing is awaited."""
        return None if self._due is None else min(self._due, self._deadline)

    def data_to_send(self) -> bytes:
        """Octets to be sent before the next event is taken; none before the first `BaudChange` is."""
        if self._must_change_rate:
            return b""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_event(self) -> SignOnEvent | None:
        """The oldest event that was not taken yet."""
        self._must_change_rate = False
        return self._events.popleft() if self._events else None

    def _request_identification(self, now: float) -> None:
        self._baud = FIRST_BAUD
        self._events.append(BaudChange(FIRST_BAUD))
        self._must_change_rate = True
        self._state = _State.REQUESTING
        self._forget()
        self._send(self._request, now)

    def _look_for_identification(self, now: float) -> None:
        octets = bytes(self._received)
        for line in parity.DECODINGS:
            found = find_identification(line.marking(octets))
            if found is not None:
                self._line = line
                break
        else:
            del self._received[:-_LONGEST_LINE]
            return
        self._identification, end = found
        if self._settings.goal is SignOnGoal.HDLC and not self._identification.speaks_hdlc:
            self._end(SignOnFailed(RemoteProtocolError("no mode E", code="no-mode-e")))
            return
        self._retries_left = self._settings.retries
        if self._identification.sends_unasked:
            self._await_data(self._identification, octets[end:], now)
        else:
            self._forget()
            self._acknowledge(self._identification, now)

    def _await_data(self, identification: Identification, came_already: bytes, now: float) -> None:
        """Modes A and B: the data follow by themselves, at a rate that the meter has named."""
        self._forget()
        self._take_data(came_already)
        self._change_rate(UNASKED_BAUDS.get(identification.baud_letter, FIRST_BAUD))
        self._state = _State.READING
        self._look_for_data(now)

    def _acknowledge(self, identification: Identification, now: float) -> None:
        letter = slower_of(identification.baud_letter, self._max_baud)
        control = self._settings.goal.value
        self._send(encode_acknowledgement(Acknowledgement(control, letter, control)), now)
        self._change_rate(BAUDS[letter])
        if self._settings.goal is SignOnGoal.HDLC:
            self._state = _State.SETTLING
            self._due = now + self._settings.settle
        else:
            self._state = _State.READING

    def _change_rate(self, baud: int) -> None:
        self._baud = baud
        self._events.append(BaudChange(baud))

    def _take_data(self, octets: bytes) -> None:
        self._received += self._line.skipping(octets)
        self._marked += self._line.marking(octets)

    def _forget(self) -> None:
        self._received.clear()
        self._marked.clear()

    def _look_for_data(self, now: float) -> None:
        self._due = now + self._settings.response_timeout
        self._deadline = max(self._deadline, self._due)
        found = find_message(bytes(self._received))
        if found is None:
            return
        block, is_sound = found
        if is_sound:
            self._end_with(parse_block(block))
        elif self._retries_left > 0 and not self._identification_sends_unasked:
            self._retries_left -= 1
            self._forget()
            self._send(bytes((NAK,)), now)
        else:
            self._try_slower(SignOnFailed(MalformedData("wrong block check character")), now)

    def _try_slower(self, failure: SignOnFailed, now: float) -> None:
        """Some meters offer a rate at which their data do not come through: once more, at a lower one."""
        slower = [baud for baud in BAUDS.values() if baud < self._baud]
        if self._state is not _State.READING or not slower or self._identification_sends_unasked:
            self._end(failure)
            return
        self._max_baud = slower[-1]
        self._retries_left = self._settings.retries
        self._request_identification(now)

    @property
    def _identification_sends_unasked(self) -> bool:
        """Such a meter knows no NAK."""
        return self._identification is not None and self._identification.sends_unasked

    def _end_with(self, block: DataBlock) -> None:
        assert self._identification is not None
        self._end(ReadOut(self._identification, block.data_sets, block.set_aside))

    def _send(self, characters: bytes, now: float) -> None:
        self._out += parity.encode(characters)
        seconds_on_the_wire = 10 * len(characters) / self._baud
        self._due = now + seconds_on_the_wire + self._settings.response_timeout

    def _end(self, event: SignOnEvent) -> None:
        self._state = _State.IDLE
        self._due = None
        self._forget()
        self._events.append(event)
