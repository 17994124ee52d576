"""Selective access to the buffer of a profile generic: by range and by entry (IEC 62056-6-2, class 7)."""

from dataclasses import dataclass
from datetime import datetime

from agent.dlms.axdr import Data, Tag
from agent.dlms.cosem.clock import decode_date_time, encode_date_time
from agent.dlms.cosem.names import Obis, SelectiveAccess
from agent.domain.errors import MalformedData

RANGE, ENTRY = 1, 2


@dataclass(frozen=True)
class CaptureObject:
    """A column of a profile: which attribute is captured; `data_index` 0 is the whole attribute."""

    class_id: int
    obis: Obis
    attribute: int
    data_index: int = 0


CLOCK_COLUMN = CaptureObject(8, Obis(0, 0, 1, 0, 0), 2)


@dataclass(frozen=True)
class RangeDescriptor:
    """Rows whose restricting column lies from `first` to `last`, both included; no columns means all.

    The bounds are moments for the clock column.
    """

    first: datetime
    last: datetime
    columns: tuple[CaptureObject, ...] = ()
    restricting: CaptureObject = CLOCK_COLUMN

    def access(self) -> SelectiveAccess:
        return SelectiveAccess(
            RANGE,
            Data(
                Tag.STRUCTURE,
                (
                    encode_column(self.restricting),
                    Data(Tag.OCTET_STRING, encode_date_time(self.first)),
                    Data(Tag.OCTET_STRING, encode_date_time(self.last)),
                    Data(Tag.ARRAY, tuple(map(encode_column, self.columns))),
                ),
            ),
        )


@dataclass(frozen=True)
class EntryDescriptor:
    """Rows `first` to `last` and columns `first_column` to `last_column`, counted from 1; 0 as last is the end."""

    first: int
    last: int = 0
    first_column: int = 1
    last_column: int = 0

    def access(self) -> SelectiveAccess:
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
        MalformedData: it is neither a range descriptor nor an entry descriptor, or its bounds are no moments.
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
        raise MalformedData("selected columns are no array")
    selected = tuple(map(_read_column, columns.value))
    return RangeDescriptor(_moment(first), _moment(last), selected, _read_column(restricting))


def _entry(content: tuple[Data, ...]) -> EntryDescriptor:
    tags = (Tag.DOUBLE_LONG_UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED, Tag.LONG_UNSIGNED, Tag.LONG_UNSIGNED)
    if tuple(part.tag for part in content) != tags:
        raise MalformedData("not an entry descriptor")
    return EntryDescriptor(*(part.value for part in content))


def encode_column(column: CaptureObject) -> Data:
    return Data(
        Tag.STRUCTURE,
        (
            Data(Tag.LONG_UNSIGNED, column.class_id),
            Data(Tag.OCTET_STRING, bytes(column.obis)),
            Data(Tag.INTEGER, column.attribute),
            Data(Tag.LONG_UNSIGNED, column.data_index),
        ),
    )


def _read_column(data: Data) -> CaptureObject:
    match data:
        case Data(
            Tag.STRUCTURE,
            (
                Data(Tag.LONG_UNSIGNED, int(class_id)),
                Data(Tag.OCTET_STRING, bytes(name)),
                Data(Tag.INTEGER, int(attribute)),
                Data(Tag.LONG_UNSIGNED, int(index)),
            ),
        ) if len(name) == 6:
            return CaptureObject(class_id, Obis.from_octets(name), attribute, index)
    raise MalformedData("not a capture object")


def _moment(data: Data) -> datetime:
    if data.tag not in (Tag.OCTET_STRING, Tag.DATE_TIME):
        raise MalformedData("a bound is no moment")
    moment = decode_date_time(data.value).to_datetime()
    if moment is None:
        raise MalformedData("a bound is no moment")
    return moment
