"""Changes of a work order, written immediately.

The statement names the meter too: where meters are spread over several servers, the order's number alone would have
every server searched.
"""

from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from agent.smm.models import WorkOrder


def put(session: Session, order: WorkOrder, **values: Any) -> None:
    """Sets columns of the order, bypassing the session's unit of work if it is in the database: thousands come in."""
    if order.id is None:
        for name, value in values.items():
            setattr(order, name, value)
        return
    new = {f"new_{name}": value for name, value in values.items()}
    session.connection().execute(_update_of(tuple(values)), {"at": order.serial, "number": order.id, **new})
    for name, value in values.items():
        set_committed_value(order, name, value)


@cache
def _update_of(names: tuple[str, ...]) -> Update:
    table: Any = WorkOrder.__table__
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.serial == bindparam("at"), table.c.id == bindparam("number")).values(values)
