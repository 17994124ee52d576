"""Parcels: what a tablet has exported, brought by another tablet or by an operator."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pydantic import ValidationError

from agent.domain.errors import InputError
from agent.domain.exchange import MAX_BATCH, ExecutionBatch, ParcelReceipt, ReceiptState
from agent.domain.parcel import MAX_LINE, Parcel, open_parcel
from agent.smm import audit
from agent.smm.database import Database, utc_now
from agent.smm.intake.origins import Clock, take_carried
from agent.smm.keys import KeyBox
from agent.smm.people.mobile_sessions import Technician
from agent.smm.watching import RECEIPTS

SECONDS = 15.0
"""A call ends about then, wherever it is in the parcel."""


def take_parcel(
    database: Database, keys: KeyBox, carrier: Technician, parcel: Parcel, after: int, clock: Clock = utc_now
) -> ParcelReceipt:
    """Takes the envelopes after the first `after` in, as many as time allows. The receipt is signed."""
    counted: Counter[ReceiptState] = Counter()
    taken, code = after, None
    try:
        taken = _go_through(database, keys, carrier, parcel, counted, after, clock)
    except InputError as error:
        code = error.code
    receipt = ParcelReceipt(
        id=parcel.head.id,
        taken=taken,
        accepted=counted[ReceiptState.ACCEPTED],
        duplicate=counted[ReceiptState.DUPLICATE],
        refused=counted[ReceiptState.REJECTED] + counted[ReceiptState.CONFLICT],
        received_at=clock(),
        code=code,
    )
    _note(database, carrier, parcel, receipt)
    return receipt.model_copy(update={"signature": keys.sign_receipt(receipt.signed(parcel.head.digest))})


def _go_through(
    database: Database,
    keys: KeyBox,
    carrier: Technician,
    parcel: Parcel,
    counted: Counter[ReceiptState],
    after: int,
    clock: Clock,
) -> int:
    """The number of envelopes that are done. Raises: InputError, with the code of what is wrong with the parcel."""
    until = time.monotonic() + SECONDS
    lines = open_parcel(parcel, keys.open_parcel)
    facts = _facts(next(lines, b""))
    taken = sum(1 for _ in islice(lines, after))
    for contents in _batches(lines):
        batch = facts.model_copy(update={"envelopes": contents})
        receipts = take_carried(database, keys, carrier, batch, clock, of=parcel.head.device).receipts
        counted.update(receipt.state for receipt in receipts)
        taken += len(contents)
        if time.monotonic() > until:
            return taken
    if taken != parcel.head.count:
        raise InputError(code="parcel-damaged")
    return taken


def _facts(line: bytes) -> ExecutionBatch:
    try:
        return ExecutionBatch.model_validate_json(line)
    except ValidationError:
        raise InputError(code="parcel-damaged") from None


def _batches(lines: Iterator[bytes]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    octets = 0
    for line in lines:
        batch.append(_object(line))
        octets += len(line)
        if len(batch) == MAX_BATCH or octets > MAX_LINE:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


def _object(line: bytes) -> dict[str, Any]:
    """What is no object is no envelope either, and is refused as such."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _note(database: Database, carrier: Technician, parcel: Parcel, receipt: ParcelReceipt) -> None:
    for state in ("accepted", "duplicate", "refused"):
        RECEIPTS.labels("rejected" if state == "refused" else state).inc(getattr(receipt, state))
    details = receipt.model_dump(mode="json", include={"taken", "accepted", "duplicate", "refused", "code"})
    with database.begin() as session:
        audit.note(
            session, carrier.username, "parcel-taken", parcel.head.device, carrier.tag, parcel=parcel.head.id, **details
        )
