"""Time as an argument: real programs pass `SystemClock`, tests pass their own."""

import asyncio
import time
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""

    def now(self) -> datetime:
        """The tablet's time of day, aware, in its own time zone."""

    async def sleep(self, seconds: float) -> None:
        """Lets so many seconds go by."""


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now().astimezone()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
