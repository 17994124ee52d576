"""Values of a meter in the words of the field. A value of the wrong type is `MalformedData`."""

from datetime import datetime

from agent.dlms import AttributeDescriptor, Data, DataAccessResult
from agent.dlms.cosem.clock import CosemDateTime, read_date_time
from agent.domain.errors import AccessRefused


def clock_time(value: Data, tablet_time: datetime) -> datetime | None:
    """The meter's time, aware; None where it is not set.

    A clock that does not tell its deviation is taken to be in the tablet's time zone: they stand side by side.
    """
    return local_moment(read_date_time(value), tablet_time)


def local_moment(told: CosemDateTime, tablet_time: datetime) -> datetime | None:
    """As `clock_time`, from what is decoded already."""
    moment = told.to_datetime()
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=tablet_time.tzinfo)


def refused(attribute: AttributeDescriptor, result: DataAccessResult) -> AccessRefused:
    """The error for a value that the meter does not give."""
    return AccessRefused(object=str(attribute.obis), result=result.words)
