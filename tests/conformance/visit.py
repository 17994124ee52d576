"""Our client at a meter that the tester plays, in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from agent.dlms import (
    AssociationSettings,
    AttributeDescriptor,
    ClientSession,
    Closed,
    Data,
    Event,
    Failed,
    GetResult,
    Obis,
    Opened,
    Tag,
    Traced,
)
from agent.domain.errors import EplusError
from tests.conformance.octets import DISC
from tests.conformance.played_meter import PlayedMeter
from tests.conformance.tester import expect

ATTRIBUTE = AttributeDescriptor(3, Obis(1, 0, 1, 8, 0), 2)
RIGHT = GetResult((Data(Tag.UNSIGNED, 5),))
DEADLINE_SECONDS = 60.0
_SEED = 3
OWN_CHALLENGE = Random(_SEED).randbytes(16)
"""What the client will ask in HLS: its randomness is always the same."""
_TURN_SECONDS = 0.06


@dataclass
class Visit:
    """One session of the client. Octets that the meter sends late arrive late; silences are not waited for."""

    settings: AssociationSettings = field(default_factory=AssociationSettings)
    meter: PlayedMeter = field(default_factory=PlayedMeter)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.client = ClientSession(self.settings, None, Random(_SEED).randbytes)
        self._coming: list[tuple[float, bytes]] = []

    def run(self, begin: Callable[[float, float], None]) -> Event:
        """One operation to its end, which it must have by its deadline."""
        deadline = self.now + DEADLINE_SECONDS
        begin(self.now, deadline)
        while True:
            event = self.client.next_event()
            if event is None:
                self._carry()
                expect(self.now <= deadline + 1, "no end by its deadline")
            elif not isinstance(event, Traced):
                return event

    def open(self) -> Event:
        return self.run(self.client.open)

    def get(self, attribute: AttributeDescriptor = ATTRIBUTE) -> Event:
        return self.run(lambda now, deadline: self.client.get([attribute], now, deadline))

    def set(self, value: Data) -> Event:
        return self.run(lambda now, deadline: self.client.set([(ATTRIBUTE, value)], now, deadline))

    def close(self) -> Event:
        return self.run(self.client.close)

    # ── what must be so ──

    def is_opened(self) -> Opened:
        event = self.open()
        expect(isinstance(event, Opened), f"not opened: {event}")
        assert isinstance(event, Opened)
        return event

    def reads_right(self) -> None:
        event = self.get()
        expect(event == RIGHT, f"the value was due, came {told(event)}")

    def closes(self) -> None:
        event = self.close()
        expect(isinstance(event, Closed), f"not closed: {told(event)}")
        expect(self.meter.heard[-1].kind == DISC, "ends without DISC")

    def begins_anew(self) -> None:
        """After a failure the next session is in order."""
        self.closes()
        self.is_opened()
        self.reads_right()

    def _carry(self) -> None:
        if sent := self.client.data_to_send():
            self.now += _TURN_SECONDS
            at = self.now
            for seconds, pieces in self.meter.hear(sent):
                at += seconds
                self._coming.append((at, pieces))
            self._coming.sort(key=lambda piece: piece[0])
            return
        timer = self.client.next_timer()
        if self._coming and (timer is None or self._coming[0][0] <= timer):
            at, octets = self._coming.pop(0)
            self.now = max(self.now, at)
            self.client.receive(octets, self.now)
            return
        assert timer is not None, "it waits for nothing"
        self.now = max(self.now, timer)
        self.client.handle_timer(self.now)


def fails(event: Event, kind: type[EplusError] = EplusError, code: str | None = None) -> EplusError:
    """The error that ended the operation, which must be of that kind."""
    expect(isinstance(event, Failed), f"did not fail: {told(event)}")
    assert isinstance(event, Failed)
    expect(isinstance(event.error, kind), f"{kind.__name__} was due, came {told(event)}")
    expect(code is None or event.error.code == code, f"{code} was due, came {told(event)}")
    return event.error


def told(event: Event) -> str:
    return f"{event.error.code}: {event.error}" if isinstance(event, Failed) else str(event)
