"""What SMM has not received, written from the page to a file that only SMM can open."""

import asyncio
from pathlib import Path

from agent.api.message import Empty, PageMessage
from agent.api.rpc import method
from agent.domain.clock import Clock
from agent.store import Store
from agent.store.packing import pack, save


class ExportedFiles(PageMessage):
    """One file as a rule, several for very much, none if nothing waits; `count` is that of the envelopes in them."""

    files: list[str]
    count: int


class ExportMethods:
    """Export into the folder where CSVs are saved."""

    def __init__(self, store: Store, clock: Clock, folder: Path) -> None:
        self._store = store
        self._clock = clock
        self._folder = folder

    @method("sync.export")
    async def export(self, _: Empty) -> ExportedFiles:
        """Raises: InputError `parcel-no-key`; StorageFull, StoreError."""
        return await asyncio.to_thread(self._export)

    def _export(self) -> ExportedFiles:
        with self._store.read() as db:
            parcels = pack(db, self._clock.now())
        files = self._store.writer.reserve.with_room(lambda: save(parcels, self._folder))
        return ExportedFiles(files=[str(file) for file in files], count=sum(parcel.head.count for parcel in parcels))
