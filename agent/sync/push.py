"""Sends what waits in the outbox, in order, and records the receipts of each batch before it sends the next."""

from collections.abc import Awaitable, Callable

from agent.domain.clock import Clock
from agent.domain.errors import SmmFault
from agent.domain.exchange import MAX_BATCH, ExecutionBatch, ReceiptBatch
from agent.store import Store, outbox
from agent.store.outbox import Waiting
from agent.sync.client import SmmClient
from agent.sync.drift import Stopwatch

# Answers that a single envelope of the batch may have caused. 500 is among them: a fault that one envelope
# triggers must not hold back the others for ever.
_MAYBE_ONE_ENVELOPE = (400, 413, 422, 500)
_MAX_CHARACTERS = 1 << 20
"""Parts of a load profile are long. A small batch costs little to send again when a poor network cuts it off."""


class Push:
    """One pass over the outbox: each envelope that waits is sent once.

    After each batch, `on_receipts` gets the number of envelopes that SMM answered for, and the seconds by which
    this tablet's clock is ahead of SMM's.
    """

    def __init__(
        self,
        store: Store,
        client: SmmClient,
        token: str,
        clock: Clock,
        on_receipts: Callable[[int, int], Awaitable[None]],
    ) -> None:
        self._store = store
        self._client = client
        self._token = token
        self._clock = clock
        self._on_receipts = on_receipts
        self._answered = 0
        self._fault: SmmFault | None = None

    async def run(self) -> None:
        """Sends everything. An envelope that SMM does not answer for stays waiting, and the error is raised after
        the rest has been sent.

        Raises:
            CentralError, StoreError: receipts that came until then stay recorded.
        """
        after = 0
        while batch := self._next(after):
            await self._send(batch)
            if self._fault is not None and self._answered == 0:
                break
            after = batch[-1].sequence
        if self._fault is not None:
            raise self._fault

    def _next(self, after: int) -> list[Waiting]:
        with self._store.read() as db:
            return outbox.waiting(db, MAX_BATCH, after, _MAX_CHARACTERS)

    async def _send(self, batch: list[Waiting]) -> None:
        watch = Stopwatch(self._clock)
        try:
            answer = await self._client.executions(
                ExecutionBatch(envelopes=[waiting.envelope for waiting in batch]), self._token
            )
        except SmmFault as fault:
            if fault.params.get("status") not in _MAYBE_ONE_ENVELOPE:
                raise
            await self._send_apart(batch, fault)
        else:
            drift_s = watch.drift(answer.server_time)
            await self._on_receipts(await self._record(batch, answer), drift_s)

    async def _send_apart(self, batch: list[Waiting], fault: SmmFault) -> None:
        """Halves a batch that was refused as a whole, until the envelope that caused it is alone."""
        if len(batch) == 1:
            self._fault = fault
            return
        middle = len(batch) // 2
        await self._send(batch[:middle])
        await self._send(batch[middle:])

    async def _record(self, batch: list[Waiting], answer: ReceiptBatch) -> int:
        sent = {waiting.key for waiting in batch}
        receipts = [receipt for receipt in answer.receipts if receipt.key in sent]
        await self._store.write(lambda db: outbox.record(db, receipts, self._clock.now()))
        answered = {receipt.key for receipt in receipts}
        if answered != sent:
            self._fault = SmmFault(f"{len(sent - answered)} envelopes without a receipt", status=200)
        self._answered += len(answered)
        return len(answered)
