"""The machine's own clock, for programs that talk to meters or to SMM."""

import asyncio
import secrets
import sys
import time
from datetime import datetime


class SystemClock:
    """A `Clock` that is the operating system's; made once, at the program's start."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)
        self._began = _seconds()

    def monotonic(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def uptime(self) -> int:
        """See `Clock`."""
        return int(_seconds() - self._began)

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now().astimezone()

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(seconds)


def _seconds() -> float:
    """Linux' monotonic time stands still while the tablet sleeps; that of Windows goes on."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()
