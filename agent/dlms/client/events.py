"""Events of a client session."""

from dataclasses import dataclass
from typing import Any

from agent.dlms.cosem.names import DataAccessResult
from agent.dlms.xdlms.action import ActionReply
from agent.dlms.xdlms.common import Result
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import EplusError


@dataclass(frozen=True)
class Opened:
    """The association is made. `max_pdu` is the largest APDU that the meter can receive, in octets; 0 is no limit."""

    conformance: Conformance
    max_pdu: int


@dataclass(frozen=True)
class GetResult:
    """For each attribute that was read, in order: its value, or why there is none."""

    values: tuple[Result, ...]


@dataclass(frozen=True)
class SetResult:
    """For each attribute that was written, in order: the result."""

    results: tuple[DataAccessResult, ...]


@dataclass(frozen=True)
class ActionResults:
    """For each method that was invoked, in order: its result and return parameters."""

    replies: tuple[ActionReply, ...]


@dataclass(frozen=True)
class Rows:
    """Rows of a profile as they arrive, authenticated if the association is ciphered."""

    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class RowsEnd:
    """The end of the profile, or why the meter gave none."""

    refused: DataAccessResult | None = None


@dataclass(frozen=True)
class Closed:
    """The session is disconnected."""


@dataclass(frozen=True)
class Failed:
    """The operation under way has failed."""

    error: EplusError


@dataclass(frozen=True)
class Traced:
    """A line for the expert's log, without secrets. `direction` is `→` or `←`."""

    direction: str
    text: str


Event = Opened | GetResult | SetResult | ActionResults | Rows | RowsEnd | Closed | Failed | Traced
