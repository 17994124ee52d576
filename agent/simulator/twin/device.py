"""The logical device of a twin: it gives what the meter gave, and its clock runs on from the time of the recording."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import cast

from agent.dlms import (
    ActionReply,
    ActionResult,
    AttributeDescriptor,
    ClientAccess,
    Data,
    DataAccessResult,
    Mechanism,
    MethodDescriptor,
    Obis,
    SelectiveAccess,
)
from agent.dlms.cosem.capture import CaptureObject, read_capture_objects, read_count
from agent.dlms.cosem.selection import RangeDescriptor, read_selection
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import Protection, SuiteId
from agent.dlms.xdlms.common import Result
from agent.domain.errors import MalformedData
from agent.meters.twin.model import (
    CLOCK,
    IGNORED,
    KEPT,
    OBJECT_LIST,
    PROFILE_GENERIC,
    RESULTS,
    TIME,
    UNTRIED,
    Outcome,
    Selections,
    Twin,
    TwinAccess,
    Unanswered,
    is_buffer,
)
from agent.meters.twin.rows import RowShape, later, part_of, row_times, rows_of
from agent.simulator.profile import selected

TITLE = b"TWN\x00\x00\x00\x00\x00"
"""System title of a twin."""
_CAPTURE_OBJECTS, _CAPTURE_PERIOD = 3, 4
_NEVER = datetime.min
_UNKNOWN = {
    "object": DataAccessResult.OBJECT_UNDEFINED,
    "class": DataAccessResult.OBJECT_CLASS_INCONSISTENT,
    "attribute": DataAccessResult.READ_WRITE_DENIED,
}


@dataclass
class TwinDevice:
    """A `LogicalDevice` for the client that the twin was recorded as; `now` is the true time. It takes no changes,
    since nothing is known of what they would do."""

    twin: Twin
    now: Callable[[], datetime]
    given: ClientAccess | None = None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._began = self.now()
        self._access = self.given or _access(self.twin.access)
        self._objects = {(each.class_id, each.obis) for each in self.twin.answers}
        self._names = {obis for _, obis in self._objects}

    def next(self) -> int:
        """The meter's own invocation counter."""
        return next(self._numbers)

    def access(self, client_sap: int) -> ClientAccess | None:
        """See `LogicalDevice`."""
        return self._access if client_sap == self.twin.line.client_sap else None

    def read(self, _client_sap: int, attribute: AttributeDescriptor) -> Result:
        """See `LogicalDevice`. Raises MalformedData, which the server answers with an exception, where the meter did
        not give an answer that can be played."""
        known = self.twin.answers.get(replace(attribute, access=None))
        if known is None:
            known = self._unknown(attribute)
        elif is_buffer(attribute) and attribute.access is not None:
            known = self._selected(attribute.obis, known, attribute.access)
        elif isinstance(known, Data) and (attribute.class_id, attribute.attribute) == (CLOCK, TIME):
            known = self._time(known)
        return _playable(known)

    def write(self, _client_sap: int, _attribute: AttributeDescriptor, _value: Data) -> DataAccessResult:
        """See `LogicalDevice`."""
        return DataAccessResult.READ_WRITE_DENIED

    def invoke(self, _client_sap: int, _method: MethodDescriptor, _parameters: Data | None) -> ActionReply:
        """See `LogicalDevice`."""
        return ActionReply(ActionResult.READ_WRITE_DENIED)

    def _unknown(self, attribute: AttributeDescriptor) -> Outcome:
        kind = "object"
        if (attribute.class_id, attribute.obis) in self._objects:
            kind = "attribute"
        elif attribute.obis in self._names:
            kind = "class"
        return self.twin.unknown.get(kind, _UNKNOWN[kind])

    def _time(self, recorded: Data) -> Data:
        if not isinstance(recorded.value, bytes):
            return recorded
        return replace(recorded, value=later(recorded.value, self.now() - self._began))

    # ── profiles ──

    def _selected(self, profile: Obis, buffer: Outcome, access: SelectiveAccess) -> Outcome:
        selections = self.twin.selections.get(profile, Selections())
        obeyed = selections.entry if access.selector == _ENTRY else selections.range
        if obeyed not in (KEPT, IGNORED, UNTRIED):
            return RESULTS.get(obeyed) or Unanswered(obeyed)
        if obeyed == IGNORED or not isinstance(buffer, Data):
            return buffer
        try:
            return self._part(profile, buffer, access)
        except MalformedData:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED

    def _part(self, profile: Obis, buffer: Data, access: SelectiveAccess) -> Data:
        columns, shape = self._shape(profile)
        moments = _comparable(row_times(rows_of(buffer), shape), access)
        rows, cells = selected(access, moments, columns)
        is_whole = list(cells) == list(range(len(columns)))
        return part_of(buffer, rows, shape, None if is_whole else cells)

    def _shape(self, profile: Obis) -> tuple[tuple[CaptureObject, ...], RowShape]:
        """Raises MalformedData where the meter's own are malformed."""
        columns, period = (
            self.twin.answers.get(AttributeDescriptor(PROFILE_GENERIC, profile, number))
            for number in (_CAPTURE_OBJECTS, _CAPTURE_PERIOD)
        )
        captured = read_capture_objects(columns) if isinstance(columns, Data) else ()
        names = tuple(AttributeDescriptor(each.class_id, each.obis, each.attribute) for each in captured)
        return captured, RowShape(names, read_count(period) if isinstance(period, Data) else 0)


_ENTRY = 2


def words_of(twin: Twin) -> str:
    """Words for a person: which meter it is."""
    listed = twin.answers.get(OBJECT_LIST)
    count_of_objects = len(rows_of(listed)) if isinstance(listed, Data) else 0
    return f"{twin.model}, {count_of_objects} objects, recorded {twin.recorded_at:%Y-%m-%d}"


def _access(access: TwinAccess) -> ClientAccess:
    security = None
    if access.encryption_key is not None and access.authentication_key is not None:
        security = SecuritySettings(
            TITLE,
            access.encryption_key,
            access.authentication_key,
            cast(SuiteId, access.suite),
            Protection.of_words(access.security),
        )
    return ClientAccess(Mechanism.of_words(access.authentication), access.secret, security)


def _playable(outcome: Outcome) -> Result:
    return outcome if isinstance(outcome, Data | DataAccessResult) else _refuse(outcome.code)


def _refuse(code: str) -> DataAccessResult:
    raise MalformedData(f"played as an exception: {code}")


def _comparable(times: Sequence[datetime | None], access: SelectiveAccess) -> list[datetime]:
    """Times that can be compared with the bounds of a range; rows without a time are before all others."""
    selection = read_selection(access)
    zone = (selection.first.tzinfo or selection.last.tzinfo) if isinstance(selection, RangeDescriptor) else None
    known = [_NEVER.replace(tzinfo=zone) if time is None else time for time in times]
    if zone is None:
        return [time.replace(tzinfo=None) for time in known]
    return [time if time.tzinfo else time.replace(tzinfo=zone) for time in known]
