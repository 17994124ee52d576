"""The sliding window of both ends: go-back-N, checked at every poll and final (IEC 62056-46:2002+A1:2006, 6.4)."""

from collections import deque
from dataclasses import dataclass

from agent.dlms.hdlc.segments import cut

MODULUS = 8


@dataclass(frozen=True)
class Segment:
    """A piece of an APDU with its N(S); `more` if others of the same APDU follow."""

    ns: int
    information: bytes
    more: bool


class Outgoing:
    """Segments that the other end has not acknowledged yet, in order; at most `window` go out in one burst."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._base = 0
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._sent = 0

    def __bool__(self) -> bool:
        return bool(self._queue)

    def load(self, content: bytes, size: int) -> None:
        """Appends an APDU with its LLC header, cut into information fields of at most `size` octets."""
        pieces = cut(content, size)
        last = len(pieces) - 1
        self._queue.extend((piece, number < last) for number, piece in enumerate(pieces))

    def acknowledge(self, nr: int) -> bool:
        """Whether N(R) acknowledges anything new; an N(R) outside of what was sent is ignored."""
        count = (nr - self._base) % MODULUS
        if not 0 < count <= self._sent:
            return False
        for _ in range(count):
            self._queue.popleft()
        self._base, self._sent = nr, self._sent - count
        return True

    @property
    def next_number(self) -> int:
        """V(S): the N(S) of the first segment that was never sent."""
        return (self._base + self._sent) % MODULUS

    def never_sent(self, nr: int) -> bool:
        """Whether N(R) acknowledges something that was never sent."""
        return (nr - self._base) % MODULUS > self._sent

    def burst(self) -> list[Segment]:
        """What goes out in this turn: from the first unacknowledged segment on, whether sent before or not."""
        count = min(self._window, len(self._queue))
        self._sent = max(self._sent, count)
        return [Segment((self._base + at) % MODULUS, *self._queue[at]) for at in range(count)]

    def drop(self) -> None:
        """Forgets unacknowledged segments; their numbers are used again, as the other end never took them."""
        self._queue.clear()
        self._sent = 0


class Incoming:
    """The N(S) that is due; segments out of order are not accepted."""

    def __init__(self) -> None:
        self.due = 0

    def accepts(self, ns: int) -> bool:
        """Whether the segment is the one that is due; the next one is due then."""
        if ns != self.due:
            return False
        self.due = (self.due + 1) % MODULUS
        return True

    def is_ahead(self, ns: int, window: int) -> bool:
        """Whether a segment before it was lost; if not, it is a repetition."""
        return 0 < (ns - self.due) % MODULUS < window
