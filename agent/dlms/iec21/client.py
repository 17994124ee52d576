"""The reader's side of a sign-on: octets in, events out; `now` is monotonic seconds."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from agent.dlms.iec21 import parity
from agent.dlms.iec21.lines import (
    BAUDS,
    FIRST_BAUD,
    NAK,
    Acknowledgement,
    Identification,
    encode_acknowledgement,
    encode_request,
    find_identification,
    slower_of,
)
from agent.dlms.iec21.readout import DataSet, find_message, parse_block
from agent.domain.errors import EplusError, LocalProtocolError, MalformedData, NoAnswer, RemoteProtocolError

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


@dataclass(frozen=True)
class BaudChange:
    """The rate of all that follows; to be obeyed once everything before it has been sent."""

    baud: int


@dataclass(frozen=True)
class SignedOn:
    """HDLC may begin at `baud`, with eight data bits and no parity."""

    identification: Identification
    baud: int


@dataclass(frozen=True)
class ReadOut:
    """The meter has sent its data and closed the session."""

    identification: Identification
    data_sets: tuple[DataSet, ...]


@dataclass(frozen=True)
class SignOnFailed:
    """The sign-on has ended with an error."""

    error: EplusError


SignOnEvent = BaudChange | SignedOn | ReadOut | SignOnFailed


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

    def start(self, now: float, deadline: float) -> None:
        """Begins at 300 baud; ends with `SignedOn`, `ReadOut` or `SignOnFailed`, by the deadline at the latest.

        Raises:
            LocalProtocolError: it has been started before.
        """
        if self._state is not _State.IDLE:
            raise LocalProtocolError("a sign-on can be started only once")
        self._deadline = deadline
        self._events.append(BaudChange(FIRST_BAUD))
        self._must_change_rate = True
        self._state = _State.REQUESTING
        self._send(self._request, now)

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from the meter; results are given by `next_event`."""
        if self._state in (_State.IDLE, _State.SETTLING):
            return
        self._received += parity.decode_leniently(data)
        try:
            if self._state is _State.REQUESTING:
                self._look_for_identification(now)
            else:
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
        elif now >= self._deadline or self._retries_left == 0:
            self._end(SignOnFailed(RemoteProtocolError(code="garbage-answer") if self._received else NoAnswer()))
        else:
            self._retries_left -= 1
            self._received.clear()
            self._send(self._request if self._state is _State.REQUESTING else bytes((NAK,)), now)

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

    def _look_for_identification(self, now: float) -> None:
        found = find_identification(bytes(self._received))
        if found is None:
            del self._received[:-_LONGEST_LINE]
            return
        self._identification, _ = found
        self._received.clear()
        if self._settings.goal is SignOnGoal.HDLC and not self._identification.speaks_hdlc:
            self._end(SignOnFailed(RemoteProtocolError("no mode E", code="no-mode-e")))
            return
        self._acknowledge(self._identification, now)

    def _acknowledge(self, identification: Identification, now: float) -> None:
        letter = slower_of(identification.baud_letter, self._settings.max_baud)
        control = self._settings.goal.value
        self._send(encode_acknowledgement(Acknowledgement(control, letter, control)), now)
        self._baud = BAUDS[letter]
        self._events.append(BaudChange(self._baud))
        self._retries_left = self._settings.retries
        if self._settings.goal is SignOnGoal.HDLC:
            self._state = _State.SETTLING
            self._due = now + self._settings.settle
        else:
            self._state = _State.READING

    def _look_for_data(self, now: float) -> None:
        self._due = now + self._settings.response_timeout
        found = find_message(bytes(self._received))
        if found is None:
            return
        block, is_sound = found
        if is_sound and self._identification is not None:
            self._end(ReadOut(self._identification, parse_block(block)))
        elif self._retries_left == 0:
            self._end(SignOnFailed(MalformedData("wrong block check character")))
        else:
            self._retries_left -= 1
            self._received.clear()
            self._send(bytes((NAK,)), now)

    def _send(self, characters: bytes, now: float) -> None:
        self._out += parity.encode(characters)
        seconds_on_the_wire = 10 * len(characters) / self._baud
        self._due = now + seconds_on_the_wire + self._settings.response_timeout

    def _end(self, event: SignOnEvent) -> None:
        self._state = _State.IDLE
        self._due = None
        self._received.clear()
        self._events.append(event)
