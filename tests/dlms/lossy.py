"""A channel between two engines, in virtual time: full duplex, never reordering, and as bad as one asks for."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from agent.dlms import ClientSession, Event, Rows, ServerSession, Traced

FLAG = 0x7E


@dataclass(frozen=True)
class Evils:
    """Shares of the frames that are lost, cut, corrupted, repeated, delayed, and preceded by garbage."""

    lost: float = 0.0
    cut: float = 0.0
    corrupted: float = 0.0
    repeated: float = 0.0
    delayed: float = 0.0
    garbage: float = 0.0
    longest_delay: float = 8.0

    def of(self, frame: bytes, dice: Random) -> list[bytes]:
        """What arrives instead of a frame."""
        if dice.random() < self.lost:
            return []
        if dice.random() < self.cut:
            frame = frame[: dice.randrange(len(frame))]
        if frame and dice.random() < self.corrupted:
            at = dice.randrange(len(frame))
            frame = frame[:at] + bytes((frame[at] ^ 1 << dice.randrange(8),)) + frame[at + 1 :]
        if dice.random() < self.garbage:
            frame = dice.randbytes(dice.randrange(12)) + frame
        return [frame] * (2 if dice.random() < self.repeated else 1)


@dataclass
class _Way:
    """One direction: what is under way, and when it arrives."""

    octets_a_second: float
    deliver: Callable[[bytes, float], None]
    under_way: deque[tuple[float, bytes]] = field(default_factory=deque)
    free_at: float = 0.0

    def send(self, frame: bytes, at: float) -> None:
        self.free_at = max(self.free_at, at) + len(frame) / self.octets_a_second
        self.under_way.append((self.free_at, frame))

    def next_arrival(self) -> float | None:
        return self.under_way[0][0] if self.under_way else None


class LossyLine:
    """Carries one operation of a client to its end at a time; `now` goes on over all of them."""

    def __init__(
        self, client: ClientSession, server: ServerSession, evils: Evils, seed: int, speed: float = 9600.0
    ) -> None:
        self.client, self.server, self.evils = client, server, evils
        self.now = 0.0
        self.rows: list[tuple[object, ...]] = []
        self._dice = Random(seed)
        self._up = _Way(speed, server.receive)
        self._down = _Way(speed, client.receive)

    def until_end(self) -> Event:
        """Raises AssertionError if nothing more can happen, or far too much does."""
        for _ in range(100_000):
            event = self.client.next_event()
            if event is None:
                self._step()
            elif isinstance(event, Rows):
                self.rows += event.rows
            elif not isinstance(event, Traced):
                return event
        raise AssertionError("no end")

    def _step(self) -> None:
        self._load(self._up, self.client.data_to_send())
        due = [
            time
            for time in (self.client.next_timer(), self._up.next_arrival(), self._down.next_arrival())
            if time is not None
        ]
        assert due, "nothing can happen any more"
        self.now = max(self.now, min(due))
        for way in (self._up, self._down):
            while way.under_way and way.under_way[0][0] <= self.now:
                way.deliver(way.under_way.popleft()[1], self.now)
        self._load(self._down, self.server.data_to_send())
        timer = self.client.next_timer()
        if timer is not None and timer <= self.now:
            self.client.handle_timer(self.now)

    def _load(self, way: _Way, octets: bytes) -> None:
        for frame in frames_in(octets):
            delay = self._dice.uniform(0, self.evils.longest_delay) if self._dice.random() < self.evils.delayed else 0
            for spoiled in self.evils.of(frame, self._dice):
                way.send(spoiled, self.now + delay)


def frames_in(octets: bytes) -> Iterator[bytes]:
    """Each frame with the flags that are its own; frames in a row may share one."""
    at = 0
    while at < len(octets):
        start = at + 1 if octets[at] == FLAG else at
        length = int.from_bytes(octets[start : start + 2]) & 0x7FF
        yield octets[at : start + length + 1]
        at = start + length + 1
