"""The machine's own clock, for programs that talk to meters or to SMM."""

import asyncio
import time
from datetime import datetime


class SystemClock:
    """A `Clock` that is the operating system's."""

    def monotonic(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now().astimezone()

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(seconds)
