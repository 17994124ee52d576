"""How many octets a probe still has to put on its optical line: pure arithmetic, time is passed in."""

BITS_PER_OCTET = 10
FIRST_BAUD = 9600


class Backlog:
    """Octets that were handed to a probe and are not on the line yet, as far as its rate tells."""

    def __init__(self, baud: int = FIRST_BAUD) -> None:
        self._octets_per_second = baud / BITS_PER_OCTET
        self._empty_at = 0.0

    def set_baud(self, baud: int) -> None:
        self._octets_per_second = baud / BITS_PER_OCTET

    def add(self, octets: int, now: float) -> None:
        self._empty_at = max(self._empty_at, now) + octets / self._octets_per_second

    def seconds_until_empty(self, now: float) -> float:
        return max(0.0, self._empty_at - now)

    def seconds_until_room(self, octets: int, buffer: int, now: float) -> float:
        """How long until so many octets more fit into the probe's buffer."""
        waiting = self.seconds_until_empty(now) * self._octets_per_second
        return max(0.0, (waiting + octets - buffer) / self._octets_per_second)
