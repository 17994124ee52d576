"""How long to wait before the next attempt: longer each time up to a limit, with some jitter."""

from random import Random

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
_SPREAD = 0.2


class Backoff:
    """Doubles from one second to half a minute, give or take a fifth, so that two tablets do not stay in step."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self.attempts = 0

    def next_delay(self) -> float:
        """Seconds to wait now; the next delay is twice as long."""
        delay: float = min(FIRST_SECONDS * 2**self.attempts, LONGEST_SECONDS)
        self.attempts = min(self.attempts + 1, 16)
        return delay * self._dice.uniform(1 - _SPREAD, 1 + _SPREAD)

    def reset(self) -> None:
        """Starts again from the shortest delay."""
        self.attempts = 0
