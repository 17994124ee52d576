"""Parcels as a tablet makes them, for the tests of SMM."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from agent.domain.exchange import ExecutionBatch, ParcelHead
from agent.domain.parcel import Parcel, bodies, seal_parcel
from tests.smm.conftest import Tablet

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


def parcel_of(tablet: Tablet, *envelopes: Any, key: str | None = None, **facts: Any) -> Parcel:
    """Sealed to the SMM where the tablet is enrolled, or to another key."""
    lines = [json.dumps(envelope).encode() for envelope in envelopes]
    ((count, body),) = bodies(ExecutionBatch(envelopes=[], **facts).model_dump_json().encode(), lines)
    return sealed(tablet, body, count, key)


def sealed(tablet: Tablet, body: bytes, count: int, key: str | None = None) -> Parcel:
    head = ParcelHead(id=str(uuid4()), device=tablet.id, created_at=AT, count=count, digest="0" * 64)
    return seal_parcel(head, body, bytes.fromhex(key or tablet.enrol()["parcel_key"]))


def bring(carrier: Tablet, content: bytes, after: int = 0) -> Any:
    """The answer to a tablet that sends the file."""
    headers = {**carrier.headers, "Content-Type": "application/octet-stream"}
    return carrier.client.post(f"/api/v1/parcels?after={after}", data=content, headers=headers)
