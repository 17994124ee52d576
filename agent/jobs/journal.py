"""The journal of one job, as `drive` uses it: that a change leaves is on the disk before it does."""

from agent.domain.attempt import AttemptEvent
from agent.domain.clock import Clock
from agent.store import Store, attempts
from agent.store.attempts import Evidence


class JobJournal:
    """`changes` is how many have left so far."""

    def __init__(self, store: Store, job: str, clock: Clock) -> None:
        self._store = store
        self._job = job
        self._clock = clock
        self.changes = 0

    async def sent(self, evidence: Evidence, /) -> None:
        """Raises: StoreError, and then nothing may leave."""
        now = self._clock.now()
        await self._store.write(lambda db: attempts.advance(db, self._job, AttemptEvent.SEND, now, evidence))
        self.changes += 1
