"""The machine's own clock, as a program that talks to meters and to SMM is handed it."""

import asyncio
import time
from datetime import datetime


class SystemClock:
    """A `Clock` of the domain."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now().astimezone()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
