"""Writes the meters of a list to the database, new and changed ones: all of them, or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.smm import directory
from agent.smm.database import EPOCH
from agent.smm.importing.checking import Fault, NewMeter, check
from agent.smm.importing.reading import SheetLine
from agent.smm.keys import KeyBox
from agent.smm.models import Meter, SystemSetting

_AT_ONCE = 500


@dataclass(frozen=True)
class Outcome:
    """How many meters a list adds and changes, or would. With faults it changes nothing."""

    added: int
    changed: int
    faults: Sequence[Fault]


def take_in(session: Session, keys: KeyBox, lines: Sequence[SheetLine], tag: str, *, dry_run: bool) -> Outcome:
    """Imports all lines in this transaction. With faults, or for a dry run, nothing is changed."""
    _one_at_a_time(session)
    meters, faults = check(lines, tag)
    known = _known(session, [meter.serial for meter in meters])
    faults = sorted([*faults, *_clashes(session, meters, known, tag)], key=lambda fault: fault.line)
    if faults:
        return Outcome(0, 0, faults)
    if not dry_run:
        _apply(session, keys, meters, known)
    return Outcome(len(meters) - len(known), len(known), ())


def _apply(session: Session, keys: KeyBox, meters: Sequence[NewMeter], known: dict[str, Meter]) -> None:
    for new in meters:
        if new.serial in known and "pod" in new.values:
            known[new.serial].pod = None  # two meters may swap their PODs
    session.flush()
    revision = directory.highest_revision(session)
    for offset, new in enumerate(meters, 1):
        meter = known.get(new.serial)
        if meter is None:
            meter = Meter(serial=new.serial, model=str(new.values["model"]), revision=0)
            session.add(meter)
        elif "tag" in new.values:
            directory.move(session, meter, str(new.values["tag"]), revision + offset)
        _fill(meter, new, keys)
        meter.revision = revision + offset
    directory.note_revision(session)


def _one_at_a_time(session: Session) -> None:
    """Revisions must become visible in their order, so that no tablet skips one."""
    session.execute(select(SystemSetting).where(SystemSetting.name == EPOCH).with_for_update())


def _known(session: Session, serials: Iterable[str]) -> dict[str, Meter]:
    found: dict[str, Meter] = {}
    rest = iter(serials)
    while some := list(islice(rest, _AT_ONCE)):
        found |= {meter.serial: meter for meter in session.scalars(select(Meter).where(Meter.serial.in_(some)))}
    return found


def _clashes(session: Session, meters: Sequence[NewMeter], known: dict[str, Meter], tag: str) -> Iterable[Fault]:
    """Conflicts with the database: a meter of another tag, a POD of another meter, a new meter without a model."""
    wanted = {meter.serial: str(meter.values["pod"]) for meter in meters if "pod" in meter.values}
    owners = _owners(session, wanted.values())
    for meter in meters:
        there, pod = known.get(meter.serial), wanted.get(meter.serial, "")
        owner = owners.get(pod, meter.serial)
        if there is None and "model" not in meter.values:
            yield Fault(meter.number, InputError(code="import-value", column="model"))
        elif there is not None and tag and there.tag != tag:
            yield Fault(meter.number, InputError(code="import-tag", tag=there.tag))
        elif owner != meter.serial and wanted.get(owner, pod) == pod:
            yield Fault(meter.number, InputError(code="import-pod", pod=pod, serial=owner))


def _owners(session: Session, pods: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = iter(pods)
    while some := list(islice(rest, _AT_ONCE)):
        query = select(Meter.pod, Meter.serial).where(Meter.pod.in_(some))
        found |= {str(pod): serial for pod, serial in session.execute(query)}
    return found


def _fill(meter: Meter, new: NewMeter, keys: KeyBox) -> None:
    meter.deleted = False
    for name, value in new.values.items():
        setattr(meter, name, value)
    secret = {name: value for name, value in new.keys.items() if name != "vending_key"}
    if secret:
        meter.sealed_secret = keys.lock(secret, new.serial)
    if "vending_key" in new.keys:
        meter.sealed_vending_key = keys.lock({"vending_key": new.keys["vending_key"]}, new.serial)
