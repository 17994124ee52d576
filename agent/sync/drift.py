"""The difference between this tablet's clock and SMM's."""

from datetime import datetime, timedelta

from agent.domain.clock import Clock


class Stopwatch:
    """Times one call to SMM; the wall clock is read once, as it may jump meanwhile."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at, self._began = clock.now(), clock.monotonic()

    def drift(self, server_time: datetime) -> int:
        """Tablet minus SMM, in whole seconds, where SMM has just answered with its time; it is assumed to have done so
        halfway through the call."""
        halfway = self._began_at + timedelta(seconds=(self._clock.monotonic() - self._began) / 2)
        return round((halfway - server_time).total_seconds())
