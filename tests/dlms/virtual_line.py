"""One optical line in virtual time: half duplex, 9,600 baud, 60 ms a turn-around. Nothing is slept, all is exact."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from agent.dlms import (
    AssociationSettings,
    AttributeDescriptor,
    ClientSession,
    Closed,
    Data,
    Event,
    Failed,
    Obis,
    Opened,
    Rows,
    RowsEnd,
    ServerSession,
    ServerSettings,
    Tag,
    Traced,
)
from agent.dlms.cosem.capture import CaptureObject
from agent.dlms.cosem.selection import CLOCK_COLUMN
from agent.simulator.meter import SimulatedMeter
from agent.simulator.objects import CosemObject
from agent.simulator.profile import Compression, SimulatedProfile
from tests.dlms.conversation import Counting
from tests.dlms.lossy import frames_in

OCTETS_A_SECOND = 960
TURNAROUND_SECONDS = 0.06
PIECE_OCTETS = 64
DEADLINE_SECONDS = 1e6
LOAD_PROFILE = "1.0.99.1.0.255"
LAST_ROW = datetime(2026, 1, 31, tzinfo=timezone(timedelta(hours=-3)))
BUFFER = AttributeDescriptor(7, Obis(1, 0, 99, 1, 0), 2)
COLUMNS = (
    CLOCK_COLUMN,
    CaptureObject(1, Obis(0, 0, 96, 10, 1), 2),
    CaptureObject(3, Obis(1, 0, 1, 8, 0), 2),
    CaptureObject(3, Obis(1, 0, 3, 8, 0), 2),
)


@dataclass
class VirtualLine:
    """`loss` is the share of frames that vanish, each way; `rows` are handed to `take` as they come."""

    client: ClientSession
    server: ServerSession
    loss: float = 0.0
    dice: Random = field(default_factory=lambda: Random(0))
    take: Callable[[tuple[tuple[object, ...], ...], float], None] = lambda _rows, _now: None
    now: float = 0.0
    turns: int = 0
    events: deque[Event] = field(default_factory=deque)

    def run(self, begin: Callable[[float, float], None], wanted: type[Event]) -> Event:
        """One operation of the client, to its end. Raises its error."""
        begin(self.now, self.now + DEADLINE_SECONDS)
        while True:
            self._listen()
            if not self.events:
                self._carry()
                continue
            event = self.events.popleft()
            if isinstance(event, Failed):
                raise event.error
            assert isinstance(event, wanted), event
            return event

    def _listen(self) -> None:
        """Takes what the client tells at the moment when it tells it."""
        while (event := self.client.next_event()) is not None:
            if isinstance(event, Rows):
                self.take(event.rows, self.now)
            elif not isinstance(event, Traced):
                self.events.append(event)

    def _carry(self) -> None:
        if request := self.client.data_to_send():
            self.turns += 1
            self.now += len(request) / OCTETS_A_SECOND
            self.server.receive(b"".join(frame for frame in frames_in(request) if not self._is_lost()), self.now)
            self._answer(self.server.data_to_send())
            return
        due = self.client.next_timer()
        assert due is not None
        self.now = max(self.now, due)
        self.client.handle_timer(self.now)

    def _answer(self, answer: bytes) -> None:
        if answer:
            self.now += TURNAROUND_SECONDS
        for frame in frames_in(answer):
            is_lost = self._is_lost()
            for piece in _pieces(frame):
                self.now += len(piece) / OCTETS_A_SECOND
                if not is_lost:
                    self.client.receive(piece, self.now)
                    self._listen()

    def _is_lost(self) -> bool:
        return self.dice.random() < self.loss


class ProfileMeter(SimulatedMeter):
    """A meter whose profile has `capacity` rows of clock, status and two registers that rise steadily."""

    capacity = 2880
    rows: SimulatedProfile

    def _make_objects(self) -> dict[str, CosemObject]:
        self.rows = SimulatedProfile(
            COLUMNS, _values, lambda: LAST_ROW, capacity=self.capacity, compression=self.compression
        )
        return super()._make_objects() | {LOAD_PROFILE: self.rows.as_object()}


@dataclass(frozen=True)
class Fetched:
    """Seconds and turns that a whole session took, and how many rows it brought."""

    seconds: float
    turns: int
    rows: int


def fetch_profile(
    info: int, window: int, compression: Compression = Compression.NONE, loss: float = 0.0, seed: int = 0
) -> Fetched:
    """Connects, associates, reads the whole profile, releases and disconnects."""
    meter = profile_meter(compression)
    server = ServerSettings(max_info=info, window=window, max_pdu=65535)
    client = AssociationSettings(max_info=info, window=window, max_pdu=65535)
    count = [0]

    def take(rows: tuple[tuple[object, ...], ...], _now: float) -> None:
        count[0] += len(rows)

    line = VirtualLine(
        ClientSession(client), ServerSession(server, meter, Counting(), Random(1).randbytes), loss, Random(seed), take
    )
    line.run(line.client.open, Opened)
    line.run(lambda now, deadline: line.client.rows(BUFFER, len(COLUMNS), now, deadline), RowsEnd)
    line.run(line.client.close, Closed)
    return Fetched(line.now, line.turns, count[0])


def profile_meter(compression: Compression = Compression.NONE) -> ProfileMeter:
    return ProfileMeter("BENCH1", (1,) * 6, b"12345678", lambda: LAST_ROW, compression=compression)


def _values(moment: datetime) -> tuple[Data, ...]:
    periods = (moment - datetime(2025, 1, 1, tzinfo=UTC)) // timedelta(minutes=15)
    return (
        Data(Tag.UNSIGNED, 0),
        Data(Tag.DOUBLE_LONG_UNSIGNED, periods * 101),
        Data(Tag.DOUBLE_LONG_UNSIGNED, periods * 37),
    )


def _pieces(octets: bytes) -> Iterator[bytes]:
    for at in range(0, len(octets), PIECE_OCTETS):
        yield octets[at : at + PIECE_OCTETS]
