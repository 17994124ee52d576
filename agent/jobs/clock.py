"""Time as an argument: real programs pass `SystemClock`, tests pass their own."""

import time
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""

    def now(self) -> datetime:
        """The tablet's time of day, aware, in its own time zone."""


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now().astimezone()
