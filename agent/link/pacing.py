"""How many octets a probe still has to send on its optical line: pure arithmetic, time is passed in."""

BITS_PER_OCTET = 10
FIRST_BAUD = 9600


class Backlog:
    """Octets that a probe has taken and not sent yet, computed from the rate of its line. Times are in seconds."""

    def __init__(self, baud: int = FIRST_BAUD) -> None:
        self._octets_per_second = baud / BITS_PER_OCTET
        self._empty_at = 0.0

    def set_baud(self, baud: int) -> None:
        """The rate from now on, once the backlog is empty."""
        self._octets_per_second = baud / BITS_PER_OCTET

    def add(self, octets: int, now: float) -> None:
        """So many more octets were handed to the probe."""
        self._empty_at = max(self._empty_at, now) + octets / self._octets_per_second

    def seconds_until_empty(self, now: float) -> float:
        """How long until all octets are on the line."""
        return max(0.0, self._empty_at - now)

    def seconds_until_room(self, octets: int, buffer: int, now: float) -> float:
        """How long until so many more octets fit into the probe's buffer."""
        waiting = self.seconds_until_empty(now) * self._octets_per_second
        return max(0.0, (waiting + octets - buffer) / self._octets_per_second)
