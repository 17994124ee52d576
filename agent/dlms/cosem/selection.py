"""Selective access to the buffer of a profile generic: by range and by entry (IEC 62056-6-2:2017, class 7)."""

from dataclasses import dataclass
from datetime import datetime

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.cosem.capture import CaptureObject, capture_object, read_capture_object
from agent.dlms.cosem.clock import encode_date_time, read_date_time
from agent.dlms.cosem.names import Obis, SelectiveAccess
from agent.domain.errors import MalformedData

RANGE, ENTRY = 1, 2
"""Access selectors."""

CLOCK_COLUMN = CaptureObject(8, Obis(0, 0, 1, 0, 0), 2)


@dataclass(frozen=True)
class RangeDescriptor:
    """Rows whose restricting column is between `first` and `last`, both included; no columns means all columns."""

    first: datetime
    last: datetime
    columns: tuple[CaptureObject, ...] = ()
    restricting: CaptureObject = CLOCK_COLUMN

    def access(self) -> SelectiveAccess:
        """The selective access by range."""
        return SelectiveAccess(
            RANGE,
            Data(
                Tag.STRUCTURE,
                (
                    capture_object(self.restricting),
                    Data(Tag.OCTET_STRING, encode_date_time(self.first)),
                    Data(Tag.OCTET_STRING, encode_date_time(self.last)),
                    Data(Tag.ARRAY, tuple(map(capture_object, self.columns))),
                ),
            ),
        )


@dataclass(frozen=True)
class EntryDescriptor:
    """Rows `first` to `last` and columns `first_column` to `last_column`, counted from 1; `last` 0 is the end."""

    first: int
    last: int = 0
    first_column: int = 1
    last_column: int = 0

    def access(self) -> SelectiveAccess:
        """The selective access by entry."""
        return SelectiveAccess(
            ENTRY,
            Data(
                Tag.STRUCTURE,
                (
                    Data(Tag.DOUBLE_LONG_UNSIGNED, self.first),
                    Data(Tag.DOUBLE_LONG_UNSIGNED, self.last),
                    Data(Tag.LONG_UNSIGNED, self.first_column),
                    Data(Tag.LONG_UNSIGNED, self.last_column),
                ),
            ),
        )


def read_selection(access: SelectiveAccess) -> RangeDescriptor | EntryDescriptor:
    """What a client selects.

    Raises:
        MalformedData: it is neither a range descriptor nor an entry descriptor, or a bound is not a moment.
    """
    content = access.parameters
    if content.tag is not Tag.STRUCTURE or len(content.value) != 4:
        raise MalformedData("not a selection")
    if access.selector == ENTRY:
        return _entry(content.value)
    if access.selector != RANGE:
        raise MalformedData("unknown access selector")
    restricting, first, last, columns = content.value
    if columns.tag is not Tag.ARRAY:
        raise MalformedData("the selected columns are not an array")
    selected = tuple(map(read_capture_object, columns.value))
    return RangeDescriptor(_moment(first), _moment(last), selected, read_capture_object(restricting))


def _entry(content: tuple[Data, ...]) -> EntryDescriptor:
    tags = (Tag.DOUBLE_LONG_UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED, Tag.LONG_UNSIGNED, Tag.LONG_UNSIGNED)
    if tuple(part.tag for part in content) != tags:
        raise MalformedData("not an entry descriptor")
    return EntryDescriptor(*(part.value for part in content))


def _moment(data: Data) -> datetime:
    moment = read_date_time(data).to_datetime()
    if moment is None:
        raise MalformedData("a bound is not a moment")
    return moment
