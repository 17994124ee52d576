"""The event log of a simulated meter (IEC 62056-6-2, class 7): the entries of its ledger, as times and codes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.dlms import Data, DataAccessResult, Obis, SelectiveAccess, Tag
from agent.dlms.cosem.capture import CaptureObject, capture_object
from agent.dlms.cosem.clock import encode_date_time
from agent.dlms.cosem.selection import CLOCK_COLUMN
from agent.dlms.xdlms.common import Result
from agent.domain.errors import MalformedData
from agent.simulator.objects import DATA, PROFILE_GENERIC, CosemObject
from agent.simulator.profile import FIFO, Compression, pack, selected

CODES = {
    "power-up": 2,
    "clock": 5,
    "configuration": 47,
    "disconnected": 62,
    "reconnected": 63,
    "button": 61,
    "cut-off": 64,
    "credit-again": 68,
    "charge": 200,
    "token-refused": 201,
}
"""The code of each kind of entry in the ledger; a `breaker` entry counts as disconnected or reconnected."""
CAPACITY = 500
_COLUMNS = (CLOCK_COLUMN, CaptureObject(DATA, Obis(0, 0, 96, 11, 0), 2))
Entries = Sequence[Mapping[str, Any]]


def event_objects(entries: Entries) -> dict[str, CosemObject]:
    """Objects of the log; `entries` are the ledger's own list, oldest first, which goes on growing."""
    return {"0.0.99.98.0.255": _log(entries), "0.0.96.11.0.255": CosemObject(DATA, {2: lambda: _code(entries[-1])})}


def _log(entries: Entries) -> CosemObject:
    def select(access: SelectiveAccess | None) -> Result:
        held = entries[-CAPACITY:]
        try:
            chosen, columns = selected(access, [_moment(entry) for entry in held], _COLUMNS)
        except MalformedData:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        rows = [(_clock(held[number]), _code(held[number])) for number in chosen]
        return pack([tuple(row[column] for column in columns) for row in rows], Compression.NONE, timedelta(0))

    return CosemObject(
        PROFILE_GENERIC,
        {
            3: lambda: Data(Tag.ARRAY, tuple(map(capture_object, _COLUMNS))),
            4: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, 0),
            5: lambda: Data(Tag.ENUM, FIFO),
            6: lambda: capture_object(CLOCK_COLUMN),
            7: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, min(len(entries), CAPACITY)),
            8: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, CAPACITY),
        },
        selections={2: select},
        version=1,
    )


def _moment(entry: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["at"])


def _clock(entry: Mapping[str, Any]) -> Data:
    return Data(Tag.OCTET_STRING, encode_date_time(_moment(entry)))


def _code(entry: Mapping[str, Any]) -> Data:
    kind = entry["kind"]
    if kind == "breaker":
        kind = "reconnected" if entry["connected"] else "disconnected"
    return Data(Tag.LONG_UNSIGNED, CODES[kind])
