"""Which outcome has the last word on a fact of a meter.

Of two outcomes of one tablet the one with the higher number is newer, whatever its clock told; of two tablets the one
with the later corrected time. A mark in the future cannot be right, so it holds nobody up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, bindparam, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from agent.smm.models import Base, LastReading, Meter, MeterFact


@dataclass(frozen=True)
class Mark:
    """An outcome: when it was executed, corrected; on which tablet, under which number."""

    at: datetime
    device: str
    sequence: int

    def is_newer(self, other: "Mark", now: datetime) -> bool:
        """Whether this one has the last word, `other` having come in before."""
        if self.device == other.device:
            return self.sequence > other.sequence
        return other.at <= self.at or other.at > now

    def columns(self) -> dict[str, Any]:
        """As they stand in `MeterFact`."""
        return {"at": self.at, "device_id": self.device, "sequence": self.sequence}


def put_fact(session: Session, serial: str, fact: str, mark: Mark, values: Mapping[str, Any], now: datetime) -> bool:
    """Sets the meter's columns of this fact, unless a newer outcome is in. True if the one before lay in the future."""
    given = {"serial": serial, "fact": fact, **mark.columns(), "now": now}
    statement = _put_mark(session.get_bind().dialect.name)
    over_future = session.connection().execute(statement, given).scalar_one_or_none()
    if over_future is None:
        return False
    put_columns(session, Meter, serial, {**values, "last_executed_at": mark.at})
    return bool(over_future)


def put_reading(session: Session, serial: str, mark: Mark, registers: Mapping[str, Any], now: datetime) -> None:
    """Replaces the meter's last reading, unless a newer one is in."""
    values = {**registers, "device_id": mark.device, "sequence": mark.sequence}
    new = {f"new_{name}": value for name, value in values.items()}
    given = {"of": serial, "at": mark.at, "device_id": mark.device, "sequence": mark.sequence, "now": now, **new}
    session.connection().execute(_update_of(LastReading, tuple(values), if_newer=True), given)


def put_columns(session: Session, table: type[Base], serial: str, values: Mapping[str, Any]) -> None:
    """Sets columns of the meter's row, whatever is there."""
    new = {f"new_{name}": value for name, value in values.items()}
    session.connection().execute(_update_of(table, tuple(values)), {"of": serial, **new})


@cache
def _put_mark(dialect: str) -> Any:
    """Built once: building a statement takes longer than sending it."""
    inserts: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    table: Any = MeterFact.__table__
    names = ("at", "device_id", "sequence")
    types = {name: bindparam(name, type_=table.c[name].type) for name in names}
    insert = inserts[dialect](table).values(
        serial=bindparam("serial"), fact=bindparam("fact"), over_future=False, **types
    )
    return insert.on_conflict_do_update(
        index_elements=["serial", "fact"],
        set_={**{name: insert.excluded[name] for name in names}, "over_future": table.c.at > _now(table.c.at)},
        where=_is_older(table.c, table.c.at),
    ).returning(table.c.over_future)


@cache
def _update_of(table: type[Base], names: tuple[str, ...], *, if_newer: bool = False) -> Update:
    rows: Any = table.__table__
    values = {name: bindparam(f"new_{name}", type_=rows.c[name].type) for name in names}
    statement = update(rows).where(rows.c.serial == bindparam("of")).values(values)
    return statement.where(_is_older(rows.c, rows.c.read_at)) if if_newer else statement


def _is_older(columns: Any, at: Any) -> ColumnElement[bool]:
    """Whether the row is older than the outcome whose `at`, `device_id` and `sequence` are given."""
    device = bindparam("device_id", type_=columns.device_id.type)
    is_other = or_(columns.device_id.is_(None), columns.device_id != device)
    given = bindparam("at", type_=at.type)
    return or_(
        at.is_(None),
        and_(columns.device_id == device, columns.sequence < bindparam("sequence", type_=columns.sequence.type)),
        and_(is_other, or_(at <= given, at > _now(at))),
    )


def _now(at: Any) -> Any:
    return bindparam("now", type_=at.type)
