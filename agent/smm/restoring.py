"""After a backup was restored: what came in since the backup is lost here, but the tablets still have it.

With the next page of the meter directory tablets see a new epoch, and offer their envelopes of the last weeks again;
each counts once, as always. What only this system knew is lost: new orders, claims, decisions. So order numbers skip
ahead, and no charge is handed out again without a person.
"""

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.exchange import OrderState
from agent.smm.database import EPOCH, LAST_REVISION, get_setting, put_setting
from agent.smm.models import Departure, Meter, WorkOrder

FIRST_EPOCH = 1
_NUMBERS_SKIPPED = 1_000_000
_REVISIONS_SKIPPED = 1_000_000_000


def epoch(session: Session) -> int:
    """The current epoch; it grows with each restored backup."""
    return int(get_setting(session, EPOCH) or FIRST_EPOCH)


def is_restored(session: Session) -> bool:
    """Whether a backup was ever restored; a tablet may then know more than this system."""
    return epoch(session) > FIRST_EPOCH


def mark_restored(session: Session) -> int:
    """Call it once after a restore, before any server starts. Returns the new epoch."""
    put_setting(session, EPOCH, str(epoch(session) + 1))
    for table in (Meter, Departure):
        session.execute(update(table).values(revision=table.revision + _REVISIONS_SKIPPED))
    if (last := get_setting(session, LAST_REVISION)) is not None:
        put_setting(session, LAST_REVISION, str(int(last) + _REVISIONS_SKIPPED))
    may_be_out = update(WorkOrder).where(
        WorkOrder.activity == Activity.CREDIT_CHARGE, WorkOrder.state == OrderState.AVAILABLE
    )
    session.execute(may_be_out.values(state=OrderState.AWAITING_APPROVAL.value))
    _skip_numbers(session)
    return epoch(session)


def _skip_numbers(session: Session) -> None:
    last = (session.scalar(select(func.max(WorkOrder.id))) or 0) + _NUMBERS_SKIPPED
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT setval(pg_get_serial_sequence('work_orders', 'id'), :last)"), {"last": last})
        return
    # SQLite continues from the largest number in the table.
    reserve = text(
        "INSERT INTO work_orders (id, activity, serial, channel, origin, state, created_by, error_params, inserted_at,"
        " parameters, fence) SELECT :last, 'reading', serial, 'none', 'restore', 'cancelled', 'restore', '{}',"
        " '2000-01-01 00:00:00.000000', '{}', 0 FROM meters LIMIT 1"
    )
    session.execute(reserve, {"last": last})
