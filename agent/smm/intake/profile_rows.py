"""Rows of load profiles that come in: each is kept once, whichever part, visit or tablet brought it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from agent.domain.channels import columns_of
from agent.domain.exchange.payloads import ProfilePayload
from agent.domain.signing import content_hash
from agent.smm.database import insert_new
from agent.smm.models import ProfileChannels, ProfileRow


def keep(session: Session, payload: ProfilePayload, execution_key: str, now: datetime) -> None:
    """Adds the rows that are new. A row without a time stays with its execution only."""
    clock = columns_of(payload.channels).time
    if clock is None:
        return
    channels = {"channels": [channel.model_dump(mode="json") for channel in payload.channels]}
    channels_id = content_hash({**channels, "period": payload.capture_period_s})
    rows = [
        {
            "serial": payload.serial,
            "captured_at": moment,
            "channels_id": channels_id,
            "cells": cells,
            "execution_key": execution_key,
            "received_at": now,
        }
        for cells in payload.rows
        if (moment := _moment(cells, clock)) is not None
    ]
    if rows:
        insert_new(
            session, ProfileChannels, [{"id": channels_id, "capture_period_s": payload.capture_period_s, **channels}]
        )
        insert_new(session, ProfileRow, rows)


def _moment(cells: Sequence[str | None], clock: int) -> datetime | None:
    try:
        moment = datetime.fromisoformat(cells[clock] or "")
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, IndexError, OverflowError):
        return None
