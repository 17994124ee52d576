"""The clock of a simulated meter (IEC 62056-6-2, class 8)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from agent.dlms import Data, DataAccessResult, Tag
from agent.dlms.cosem.clock import encode_date_time, read_date_time
from agent.domain.errors import MalformedData
from agent.simulator.objects import CLOCK, CosemObject, Write

_YEARS = range(2000, 2100)


def clock(time: Callable[[], datetime], set_time: Write) -> CosemObject:
    """`time` is what the meter's clock says, with its zone."""

    def time_zone() -> Data:
        offset = time().utcoffset() or timedelta()
        return Data(Tag.LONG, -int(offset.total_seconds() // 60))

    return CosemObject(
        CLOCK,
        {2: lambda: Data(Tag.OCTET_STRING, encode_date_time(time())), 3: time_zone},
        {2: set_time},
    )


def moment_to_set(value: Data) -> datetime | DataAccessResult:
    """The moment to set the clock to, with its zone, or why it cannot be set to that."""
    try:
        moment = read_date_time(value).to_datetime()
    except MalformedData:
        return DataAccessResult.TYPE_UNMATCHED
    if moment is None or moment.tzinfo is None:
        return DataAccessResult.TYPE_UNMATCHED
    return moment if moment.year in _YEARS else DataAccessResult.OTHER_REASON
