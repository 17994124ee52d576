"""Time as an argument: code that needs the time gets a clock, so that tests decide what time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The tablet's clock."""

    def monotonic(self) -> float:
        """Seconds that never jump; only differences between them have a meaning."""

    def now(self) -> datetime:
        """The tablet's time of day, aware, in its own time zone."""

    async def sleep(self, seconds: float) -> None:
        """Returns after that many seconds."""
