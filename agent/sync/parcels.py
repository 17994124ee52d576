"""Sends the parcels of other tablets that were imported here, and closes each with SMM's receipt."""

from agent.domain.clock import Clock
from agent.domain.errors import SmmFault
from agent.domain.exchange import ParcelReceipt
from agent.domain.parcel import Parcel, read_parcel
from agent.domain.signing import is_signed_by
from agent.store import CanWait, Store, parcels, settings
from agent.store.settings import Setting
from agent.sync.client import SmmClient


class ParcelPost:
    """One pass over the parcels. One that SMM does not take now stays, and does not hold the others up."""

    def __init__(self, store: Store, client: SmmClient, clock: Clock) -> None:
        self._store = store
        self._client = client
        self._clock = clock

    async def run(self, token: str) -> None:
        """Sends all parcels, also those whose file was just put beside the store.

        Raises:
            CentralError, StoreError: the rest waits.
        """
        await self._take_in()
        with self._store.read() as db:
            unsent = parcels.unsent(db)
        fault = None
        for each in unsent:
            try:
                await self._send(each, token)
            except SmmFault as error:
                fault = error
        if fault is not None:
            raise fault

    async def _take_in(self) -> None:
        files = parcels.put_here(self._store.folder)
        if files:
            now = self._clock.now()
            await self._store.write(CanWait(lambda db: parcels.take_in(db, files, now)))
            await self._store.write(lambda db: parcels.take_away(db, files))

    async def _send(self, number: str, token: str) -> None:
        with self._store.read() as db:
            parcel = read_parcel(parcels.content_of(db, number))
        taken, code = 0, None
        while taken < parcel.head.count and code is None:
            receipt = await self._client.parcel(parcel.content, taken, token)
            self._check(receipt, parcel)
            if receipt.code is None and receipt.taken <= taken:
                raise SmmFault("the parcel does not move on", status=200)
            taken, code = receipt.taken, receipt.code
        now = self._clock.now()
        if code is None:
            await self._store.write(lambda db: parcels.receive(db, number, now))
        else:
            await self._store.write(lambda db: parcels.refuse(db, number, code, now))

    def _check(self, receipt: ParcelReceipt, parcel: Parcel) -> None:
        """Raises: SmmFault, unless the receipt is for this parcel, and SMM's own."""
        with self._store.read() as db:
            key = settings.get(db, Setting.SMM_RECEIPT_KEY)
        content = receipt.signed(parcel.head.digest)
        is_ours = key is None or is_signed_by(bytes.fromhex(key), content, receipt.signature or "")
        if receipt.id != parcel.head.id or not is_ours:
            raise SmmFault("not a receipt for this parcel", status=200)
