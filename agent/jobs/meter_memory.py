"""What sessions find out about meters, kept on the tablet for the next ones."""

import asyncio
import logging

from agent.domain.clock import Clock
from agent.domain.errors import StoreError
from agent.store import Store, meter_hints

_log = logging.getLogger(__name__)


class StoredMemory:
    """A `MeterMemory` in the store, for one meter. A hint that cannot be kept or read costs no job: it is missing."""

    def __init__(self, store: Store, serial: str, clock: Clock) -> None:
        self._store, self._serial, self._clock = store, serial, clock

    async def recall(self, what: str, kind: str | None) -> bytes | None:
        """See `MeterMemory`."""
        try:
            return await asyncio.to_thread(self._read, self._name(what, kind))
        except StoreError as error:
            _log.warning("a hint cannot be read: %s", error.code)
            return None

    async def keep(self, what: str, kind: str | None, content: bytes | None) -> None:
        """See `MeterMemory`."""
        name, now = self._name(what, kind), self._clock.now()
        try:
            if content is None:
                await self._store.write(lambda db: meter_hints.forget(db, name))
            else:
                await self._store.write(lambda db: meter_hints.put(db, name, content, now))
        except StoreError as error:
            _log.warning("a hint cannot be kept: %s", error.code)

    def _read(self, name: str) -> bytes | None:
        with self._store.read() as db:
            return meter_hints.get(db, name)

    def _name(self, what: str, kind: str | None) -> str:
        return f"{what}/meter/{self._serial}" if kind is None else f"{what}/kind/{kind}"
