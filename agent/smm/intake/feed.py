"""The feed of events: readings and ended orders that are new since a cursor. No event is ever skipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, Select, cast, func, insert, select, text, tuple_
from sqlalchemy.orm import Session

from agent.smm.database import EPOCH
from agent.smm.models import Event, Meter, SystemSetting

PAGE_SIZE = 500
Kind = Literal["reading", "order"]
_EPOCH_NOW = select(cast(SystemSetting.value, BigInteger)).where(SystemSetting.name == EPOCH).scalar_subquery()
_ADD = insert(Event.__table__).values(epoch=_EPOCH_NOW)  # type: ignore[arg-type]  # a class's table is one
_HAS_ENDED = text("transaction_number < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


@dataclass(frozen=True)
class FeedPosition:
    """How far a reader has read: up to and including this event."""

    epoch: int
    transaction_number: int
    id: int

    @classmethod
    def parse(cls, cursor: str) -> "FeedPosition":
        """From three numbers with hyphens between them."""
        epoch, transaction_number, number = map(int, cursor.split("-"))
        return cls(epoch, transaction_number, number)

    def __str__(self) -> str:
        return f"{self.epoch}-{self.transaction_number}-{self.id}"


def add(session: Session, kinds: Sequence[Kind], serial: str, order: int, key: str | None, at: datetime) -> None:
    """Adds events of one order. They can be read when this transaction has ended."""
    rows = [{"kind": kind, "serial": serial, "work_order_id": order, "execution_key": key, "at": at} for kind in kinds]
    if rows:
        session.connection().execute(_ADD, rows)


def after(session: Session, position: FeedPosition, tag: str) -> list[Event]:
    """The next events, the earliest first, and one more than a page if there are more.

    On PostgreSQL events that follow a transaction still under way are withheld: that transaction's own events will
    stand before them.
    """
    here = tuple_(Event.epoch, Event.transaction_number, Event.id)
    query = select(Event).where(here > tuple_(position.epoch, position.transaction_number, position.id))
    if session.get_bind().dialect.name == "postgresql":
        query = query.where((Event.epoch < _EPOCH_NOW) | _HAS_ENDED)
    query = _of_tag(query, tag).order_by(Event.epoch, Event.transaction_number, Event.id)
    return list(session.scalars(query.limit(PAGE_SIZE + 1)))


def _of_tag(query: Select[Event], tag: str) -> Select[Event]:
    if not tag:
        return query
    return query.where(select(func.count()).where(Meter.serial == Event.serial, Meter.tag == tag).scalar_subquery() > 0)
