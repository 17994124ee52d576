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
from agent.dlms.iec21.readout import MAX_OCTETS, DataSet, find_message, parse_block
from agent.domain.errors import EplusError, LocalProtocolError, MalformedData, NoAnswer, RemoteProtocolError


class SignOnGoal(Enum):
    """What the sign-on is for; the digit is the mode of the acknowledgement."""

    HDLC = "2"
    READOUT = "0"


@dataclass(frozen=True)
class SignOnSettings:
    """Seconds and baud. `settle` is the time that a meter is given to change its rate (mode E)."""

    wish: SignOnGoal = SignOnGoal.HDLC
    device_address: str = ""
    max_baud: int | None = None
    response_timeout: float = 2.0
    settle: float = 0.5
    retries: int = 3


@dataclass(frozen=True)
class BaudChange:
    """To be obeyed once everything that was to be sent is out."""

    baud: int


@dataclass(frozen=True)
class SignedOn:
    """HDLC may begin, with eight data bits and no parity."""

    identification: Identification
    baud: int


@dataclass(frozen=True)
class ReadOut:
    identification: Identification
    data_sets: tuple[DataSet, ...]


@dataclass(frozen=True)
class SignOnFailed:
    error: EplusError


SignOnEvent = BaudChange | SignedOn | ReadOut | SignOnFailed


class _State(Enum):
    IDLE = auto()
    ASKING = auto()
    SETTLING = auto()
    READING = auto()


class SignOn:
    """One sign-on. Garbage and the echo of an optical head are skipped: neither looks like an identification."""

    def __init__(self, settings: SignOnSettings) -> None:
        self._settings = settings
        self._request = encode_request(settings.device_address)
        self._state = _State.IDLE
        self._heard = bytearray()
        self._out = bytearray()
        self._events: deque[SignOnEvent] = deque()
        self._identification: Identification | None = None
        self._baud = FIRST_BAUD
        self._due: float | None = None
        self._deadline = 0.0
        self._retries_left = settings.retries
        self._is_at_another_rate = False

    def start(self, now: float, deadline: float) -> None:
        """Begins at 300 baud; ends with `SignedOn`, `ReadOut` or `SignOnFailed`, at the deadline at the latest."""
        if self._state is not _State.IDLE:
            raise LocalProtocolError("a sign-on is begun once")
        self._deadline = deadline
        self._events.append(BaudChange(FIRST_BAUD))
        self._is_at_another_rate = True
        self._state = _State.ASKING
        self._say(self._request, now)

    def receive(self, data: bytes, now: float) -> None:
        if self._state in (_State.IDLE, _State.SETTLING):
            return
        self._heard += parity.decode_leniently(data)
        try:
            if self._state is _State.ASKING:
                self._look_for_identification(now)
            else:
                self._look_for_data(now)
        except MalformedData as error:
            self._end(SignOnFailed(error))

    def handle_timer(self, now: float) -> None:
        due = self.next_timer()
        if due is None or now < due:
            return
        if self._state is _State.SETTLING and self._identification is not None:
            self._end(SignedOn(self._identification, self._baud))
        elif now >= self._deadline or self._retries_left == 0:
            self._end(SignOnFailed(RemoteProtocolError(code="garbage-answer") if self._heard else NoAnswer()))
        else:
            self._retries_left -= 1
            self._heard.clear()
            self._say(self._request if self._state is _State.ASKING else bytes((NAK,)), now)

    def next_timer(self) -> float | None:
        return None if self._due is None else min(self._due, self._deadline)

    def data_to_send(self) -> bytes:
        """To be asked for, and sent, before each event is taken: nothing comes before the first change of rate."""
        if self._is_at_another_rate:
            return b""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_event(self) -> SignOnEvent | None:
        self._is_at_another_rate = False
        return self._events.popleft() if self._events else None

    def _look_for_identification(self, now: float) -> None:
        found = find_identification(bytes(self._heard))
        if found is None:
            del self._heard[: -MAX_OCTETS // 64]
            return
        self._identification, _ = found
        self._heard.clear()
        if self._settings.wish is SignOnGoal.HDLC and not self._identification.speaks_hdlc:
            self._end(SignOnFailed(RemoteProtocolError("no mode E", code="no-mode-e")))
            return
        self._acknowledge(self._identification, now)

    def _acknowledge(self, identification: Identification, now: float) -> None:
        letter = slower_of(identification.baud_letter, self._settings.max_baud)
        protocol = "2" if self._settings.wish is SignOnGoal.HDLC else "0"
        self._say(encode_acknowledgement(Acknowledgement(protocol, letter, self._settings.wish.value)), now)
        self._baud = BAUDS[letter]
        self._events.append(BaudChange(self._baud))
        self._retries_left = self._settings.retries
        if self._settings.wish is SignOnGoal.HDLC:
            self._state = _State.SETTLING
            self._due = now + self._settings.settle
        else:
            self._state = _State.READING

    def _look_for_data(self, now: float) -> None:
        self._due = now + self._settings.response_timeout
        found = find_message(bytes(self._heard))
        if found is None:
            return
        block, is_sound = found
        if is_sound and self._identification is not None:
            self._end(ReadOut(self._identification, parse_block(block)))
        elif self._retries_left == 0:
            self._end(SignOnFailed(MalformedData("wrong block check character")))
        else:
            self._retries_left -= 1
            self._heard.clear()
            self._say(bytes((NAK,)), now)

    def _say(self, characters: bytes, now: float) -> None:
        self._out += parity.encode(characters)
        seconds_on_the_wire = 10 * len(characters) / self._baud
        self._due = now + seconds_on_the_wire + self._settings.response_timeout

    def _end(self, event: SignOnEvent) -> None:
        self._state = _State.IDLE
        self._due = None
        self._heard.clear()
        self._events.append(event)
