"""What a session tells."""

from dataclasses import dataclass
from typing import Any

from agent.dlms.cosem.names import DataAccessResult
from agent.dlms.xdlms.action import ActionReply
from agent.dlms.xdlms.common import Result
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import EplusError


@dataclass(frozen=True)
class Opened:
    """The association stands: what it allows, and the meter's largest APDU in octets (0 is no limit)."""

    conformance: Conformance
    max_pdu: int


@dataclass(frozen=True)
class GetResult:
    """A value or a reason for each attribute asked for, in order."""

    values: tuple[Result, ...]


@dataclass(frozen=True)
class SetResult:
    """How writing each attribute ended, in order."""

    results: tuple[DataAccessResult, ...]


@dataclass(frozen=True)
class ActionResults:
    """How each method ended and what it returned, in order."""

    replies: tuple[ActionReply, ...]


@dataclass(frozen=True)
class Rows:
    """Rows of a profile as they came in, authenticated where the association is."""

    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class RowsEnd:
    """The profile is whole; or the meter's reason for giving none."""

    refused: DataAccessResult | None = None


@dataclass(frozen=True)
class Closed:
    pass


@dataclass(frozen=True)
class Failed:
    error: EplusError


@dataclass(frozen=True)
class Traced:
    """For the expert's log; never holds a secret. `direction` is `→` or `←`."""

    direction: str
    text: str


Event = Opened | GetResult | SetResult | ActionResults | Rows | RowsEnd | Closed | Failed | Traced
