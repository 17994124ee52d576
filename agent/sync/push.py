"""Sends what waits in the outbox, in order, and records the receipts of each batch before it sends the next."""

import asyncio
from collections.abc import Callable, Sequence

from sqlite_utils import Database

from agent.domain.clock import Clock
from agent.domain.errors import SmmFault
from agent.domain.exchange import MAX_BATCH, Absence, ExecutionBatch, Receipt, ReceiptBatch
from agent.store import Store, gaps, outbox, settings
from agent.store.outbox import Waiting
from agent.store.settings import Setting
from agent.sync import pinned
from agent.sync.client import SmmClient
from agent.sync.drift import Stopwatch

# Answers that a single envelope of the batch may have caused. 500 is among them: a fault that one envelope
# triggers must not hold back the others for ever.
_MAYBE_ONE_ENVELOPE = (400, 413, 422, 500)
_MAX_CHARACTERS = 1 << 20
"""Parts of a load profile are long. A small batch costs little to send again when a poor network cuts it off."""
MOST_ROUNDS = 20
"""Through the outbox in one run, however much SMM says that it lacks."""


class Push:
    """Rounds through the outbox: in each, every envelope that waits is sent once, or an empty batch if there is none.

    In its answer SMM says what it lacks, and which directory it has. What it lacks and is here, and what it refused for
    something that it may know by now, waits again for the next round; what will never come is told with it.

    After each batch, `on_receipts` gets the number of envelopes that SMM answered for, and the seconds by which this
    tablet's clock is ahead of SMM's. `fault`: it did not answer for some, as agreed or at all; they stay waiting.
    """

    def __init__(
        self, store: Store, client: SmmClient, token: str, clock: Clock, on_receipts: Callable[[int, int], None]
    ) -> None:
        self.fault: SmmFault | None = None
        self._store = store
        self._client = client
        self._token = token
        self._clock = clock
        self._on_receipts = on_receipts
        self._answered = 0
        self._absences: tuple[Absence, ...] = ()
        self._told: frozenset[Absence] = frozenset()
        with store.read() as db:
            self._receipt_key = pinned.receipt_key(db)

    async def run(self) -> None:
        """Sends everything. An envelope that SMM does not answer for does not hold back the others; see `fault`.

        Raises:
            CentralError, StoreError: receipts that came until then stay recorded.
        """
        for _ in range(MOST_ROUNDS):
            answer = await self._round()
            if answer is None or not await self._prepare_another(answer):
                return

    async def _round(self) -> ReceiptBatch | None:
        """The last answer; None if SMM answered for no batch."""
        after, answer = 0, None
        while True:
            batch = self._next(after)
            if not batch and after:
                return answer
            answer = await self._send(batch) or answer
            if self.fault is not None and self._answered == 0:
                raise self.fault
            if not batch:
                return answer
            after = batch[-1].sequence

    async def _prepare_another(self, answer: ReceiptBatch) -> bool:
        """Whether there is anything for another round."""

        def look() -> tuple[Absence, ...]:
            with self._store.read() as db:
                return gaps.absences(db, answer.missing, self._told)

        def open_again(db: Database) -> int:
            return gaps.send_again(db, answer.missing) + outbox.retry_passing(db, answer.directory_revision)

        opened = await self._store.write(open_again)
        self._absences = await asyncio.to_thread(look) if answer.missing else ()
        return bool(opened or self._absences)

    def _next(self, after: int) -> list[Waiting]:
        with self._store.read() as db:
            return outbox.waiting(db, MAX_BATCH, after, _MAX_CHARACTERS)

    async def _send(self, batch: Sequence[Waiting]) -> ReceiptBatch | None:
        message = self._message(batch)
        watch = Stopwatch(self._clock)
        try:
            answer = await self._client.executions(message, self._token)
        except SmmFault as fault:
            if not batch or fault.params.get("status") not in _MAYBE_ONE_ENVELOPE:
                raise
            return await self._send_apart(batch, fault)
        self._told |= frozenset(message.absences)
        self._absences = ()
        drift_s = watch.drift(answer.server_time)
        self._on_receipts(await self._record(batch, answer, drift_s), drift_s)
        return answer

    def _message(self, batch: Sequence[Waiting]) -> ExecutionBatch:
        with self._store.read() as db:
            last = outbox.last_sequence(db)
        return ExecutionBatch(
            envelopes=[waiting.envelope for waiting in batch],
            sent_at=self._clock.now(),
            run=self._clock.run,
            uptime_s=self._clock.uptime(),
            last_sequence=last,
            absences=self._absences,
        )

    async def _send_apart(self, batch: Sequence[Waiting], fault: SmmFault) -> ReceiptBatch | None:
        """Halves a batch that was refused as a whole, until the envelope that caused it is alone."""
        if len(batch) == 1:
            self.fault = fault
            return None
        middle = len(batch) // 2
        first = await self._send(batch[:middle])
        return await self._send(batch[middle:]) or first

    async def _record(self, batch: Sequence[Waiting], answer: ReceiptBatch, drift_s: int) -> int:
        receipts = self._genuine(batch, answer)
        now = self._clock.now()

        def record(db: Database) -> None:
            outbox.record(db, receipts, now, answer.directory_revision)
            settings.put(db, Setting.CLOCK_DRIFT, str(drift_s))

        await self._store.write(record)
        self._answered += len(receipts)
        return len(receipts)

    def _genuine(self, batch: Sequence[Waiting], answer: ReceiptBatch) -> list[Receipt]:
        """The receipts for what was sent, one each, that are SMM's own; until its key is known, any."""
        sent = {waiting.key: waiting for waiting in batch}
        receipts = {receipt.key: receipt for receipt in answer.receipts if receipt.key in sent}
        if len(receipts) < len(sent):
            self.fault = SmmFault(f"{len(sent) - len(receipts)} envelopes without a receipt", status=200)
        genuine = [receipt for key, receipt in receipts.items() if self._is_genuine(receipt, sent[key])]
        if len(genuine) < len(receipts):
            self.fault = SmmFault("receipts that SMM did not sign", code="smm-foreign", status=200)
        return genuine

    def _is_genuine(self, receipt: Receipt, waiting: Waiting) -> bool:
        key = self._receipt_key
        return key is None or pinned.is_genuine(receipt, waiting, self._store.identity.device_id, key)
