"""The tablets' meter directory: what changed since a cursor, with secrets sealed to the tablet that asks."""

from operator import attrgetter

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from agent.domain.exchange import DirectoryMeter, MeterPage
from agent.domain.sealing import seal
from agent.smm.database import LAST_REVISION, get_setting, put_setting
from agent.smm.keys import KeyBox
from agent.smm.models import Departure, Meter
from agent.smm.people.mobile_sessions import Technician
from agent.smm.restoring import epoch

PAGE_SIZE = 500


def page(session: Session, technician: Technician, after: int, keys: KeyBox) -> MeterPage:
    """The next page of changes after revision `after`, within the technician's tag."""
    found = _changes(session, technician.tag, after)
    shown = found[:PAGE_SIZE]
    sealing_key = bytes.fromhex(technician.sealing_key)
    return MeterPage(
        meters=[_entry(each, sealing_key, keys) for each in shown if isinstance(each, Meter) and not each.deleted],
        deleted=[each.serial for each in shown if isinstance(each, Departure) or each.deleted],
        cursor=str(shown[-1].revision if shown else after),
        more=len(found) > PAGE_SIZE,
        epoch=epoch(session),
    )


def last_revision(session: Session) -> int:
    """The highest revision of any meter: it grows when a meter is added or changed."""
    noted = get_setting(session, LAST_REVISION)
    return highest_revision(session) if noted is None else int(noted)


def highest_revision(session: Session) -> int:
    """The same, searched for among all meters."""
    return session.scalar(select(func.max(Meter.revision))) or 0


def note_revision(session: Session) -> None:
    """Call it when revisions were given out. Intake tells every tablet the last one, and does not search meters."""
    session.flush()
    put_setting(session, LAST_REVISION, str(highest_revision(session)))


def move(session: Session, meter: Meter, tag: str, revision: int) -> None:
    """Moves a meter to another tag; tablets of the old tag learn that it is gone."""
    if meter.tag == tag:
        return
    session.execute(delete(Departure).where(Departure.serial == meter.serial, Departure.tag == tag))
    if meter.tag:
        session.merge(Departure(serial=meter.serial, tag=meter.tag, revision=revision))
    meter.tag = tag


def _changes(session: Session, tag: str, after: int) -> list[Meter | Departure]:
    """In the order of their revisions, one more than a page if there are more."""
    meters = select(Meter).where(Meter.revision > after).order_by(Meter.revision).limit(PAGE_SIZE + 1)
    if not tag:
        return list(session.scalars(meters))
    gone = select(Departure).where(Departure.revision > after, Departure.tag == tag)
    left = session.scalars(gone.order_by(Departure.revision).limit(PAGE_SIZE + 1))
    both = [*session.scalars(meters.where(Meter.tag == tag)), *left]
    return sorted(both, key=attrgetter("revision"))[: PAGE_SIZE + 1]


def _entry(meter: Meter, sealing_key: bytes, keys: KeyBox) -> DirectoryMeter:
    sealed = None
    if meter.sealed_secret is not None:
        secret = keys.unlock(meter.sealed_secret, meter.serial)
        sealed = seal(sealing_key, secret, meter.serial.encode()).hex()
    return DirectoryMeter(
        serial=meter.serial,
        model=meter.model,
        pod=meter.pod,
        address=meter.address,
        customer=meter.customer,
        sealed=sealed,
    )
