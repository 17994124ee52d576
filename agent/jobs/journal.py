"""The journal of one job: that a change is sent is on disk before it is sent."""

from agent.domain.attempt import AttemptEvent
from agent.domain.clock import Clock
from agent.store import Store, attempts
from agent.store.attempts import Evidence


class JobJournal:
    """A `Journal` of the drivers. `changes` is how many were sent so far."""

    def __init__(self, store: Store, job: str, clock: Clock) -> None:
        self._store = store
        self._job = job
        self._clock = clock
        self.changes = 0

    async def sent(self, evidence: Evidence, /) -> None:
        """Returns once it is on disk. Raises StoreError; then nothing may be sent."""
        now = self._clock.now()
        await self._store.write(lambda db: attempts.advance(db, self._job, AttemptEvent.SEND, now, evidence))
        self.changes += 1
