"""Reading values and making changes where a refusal ends the task, and a meter's time as a datetime."""

from datetime import datetime

from agent.dlms import ActionReply, ActionResult, AttributeDescriptor, Data, DataAccessResult, Obis
from agent.dlms.cosem.clock import CosemDateTime, read_date_time
from agent.domain.errors import AccessRefused, ChangeRefused, MalformedData
from agent.procedures.dialogue import Answer, Dialogue, Write, Written, ask, write


def clock_time(value: Data, tablet_time: datetime) -> datetime | None:
    """The meter's time, aware; None where it is not set.

    A clock that does not give its deviation is taken to be in the time zone of the tablet beside it. One that gives
    no possible time is one that has lost it.
    """
    try:
        return local_moment(read_date_time(value), tablet_time)
    except MalformedData:
        return None


def local_moment(meter_time: CosemDateTime, tablet_time: datetime) -> datetime | None:
    """The moment of a date-time, as in `clock_time`. Raises: MalformedData, if there is no such moment."""
    moment = meter_time.to_datetime()
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=tablet_time.tzinfo)


def refused(attribute: AttributeDescriptor, result: DataAccessResult) -> AccessRefused:
    """The error for a value that the meter does not give, to be raised."""
    return AccessRefused(object=str(attribute.obis), result=result.words)


def missing(what: str) -> AccessRefused:
    """The error for something that meters of this model do not have, to be raised."""
    return AccessRefused(object=what, result=DataAccessResult.OBJECT_UNDEFINED.words)


def required_name(name: str | None, what: str) -> str:
    """The logical name. Raises AccessRefused where meters of this model have no such object."""
    if name is None:
        raise missing(what)
    return name


def attributes(class_id: int, name: str, *numbers: int) -> tuple[AttributeDescriptor, ...]:
    """Descriptors of these attributes of one object; `name` is its logical name."""
    obis = Obis.parse(name)
    return tuple(AttributeDescriptor(class_id, obis, number) for number in numbers)


def read_all(wanted: tuple[AttributeDescriptor, ...]) -> Dialogue[tuple[tuple[Data, ...], datetime]]:
    """All these values, and the tablet's time when they were read.

    Raises:
        AccessRefused: the meter does not give one of them.
    """
    answer: Answer = yield from ask(wanted)
    found = []
    for attribute, value in zip(wanted, answer.values, strict=True):
        if isinstance(value, DataAccessResult):
            raise refused(attribute, value)
        found.append(value)
    return tuple(found), answer.at


def make_change(request: Write) -> Dialogue[Written]:
    """Makes a change; returns only if the meter confirms it.

    Raises:
        ChangeRefused: the meter answers that it did not make the change.
    """
    written = yield from write(request)
    reply = written.reply
    if isinstance(reply, ActionReply):
        if reply.result is not ActionResult.SUCCESS:
            raise ChangeRefused(object=str(request.change[0].obis), result=reply.result.words)
    elif reply is not DataAccessResult.SUCCESS:
        raise ChangeRefused(object=str(request.change[0].obis), result=reply.words)
    return written
