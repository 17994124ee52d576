"""Time as an argument: code that needs the time gets a clock, so that tests decide what time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The tablet's clock."""

    def monotonic(self) -> float:
        """Seconds that never jump; only differences between them have a meaning."""

    @property
    def run(self) -> str:
        """The name of this run of the program, drawn at its start."""

    def uptime(self) -> int:
        """Whole seconds of this run, which never jump; the tablet's sleep counts."""

    def now(self) -> datetime:
        """The tablet's time of day, aware, in its own time zone."""

    async def sleep(self, seconds: float) -> None:
        """Returns after that many seconds."""
