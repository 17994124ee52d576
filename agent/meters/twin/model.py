"""What is known of one meter: how it is reached, what it has, and how it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import cast

from agent.dlms import AttributeDescriptor, Conformance, Data, DataAccessResult, Mechanism, Obis
from agent.dlms.hdlc.address import Address, AddressSize
from agent.dlms.hdlc.parameters import MAX_INFO, MAX_WINDOW
from agent.dlms.iec21.lines import Identification
from agent.dlms.security.suite import SUITES, Protection
from agent.domain.errors import LocalProtocolError

OBJECT_LIST = AttributeDescriptor(15, Obis(0, 0, 40, 0, 0), 2)
PROFILE_GENERIC, BUFFER, ENTRIES_IN_USE = 7, 2, 7
CLOCK, TIME = 8, 2
KEPT, IGNORED, UNTRIED = "kept", "ignored", "untried"
"""What became of a selective access: it was obeyed, it gave more than was asked for, it was not asked for."""


RESULTS = {result.words: result for result in DataAccessResult}
EXCEPTION = "exception"
BEYOND = (EXCEPTION, *RESULTS)
_LONGEST_MS, _LONGEST_APDU = 3_600_000, 1 << 20


@dataclass(frozen=True)
class Unanswered:
    """The meter gave neither a value nor a data access result; `code` is that of our error."""

    code: str


Outcome = Data | DataAccessResult | Unanswered
"""What reading an attribute brought."""


@dataclass(frozen=True)
class TwinLine:
    """HDLC as it was agreed: octets and frames that the meter sends and receives. `baud` where it is known.

    `block_size` is what the fullest data block held, `whole_size` the longest answer without blocks.

    Raises ValueError for what no meter has; so do the others here.
    """

    client_sap: int = 16
    server_sap: int = 1
    physical: int = 0
    address_size: int = 1
    send_info: int = 128
    receive_info: int = 128
    send_window: int = 1
    receive_window: int = 1
    block_size: int | None = None
    whole_size: int | None = None
    baud: int | None = None

    def __post_init__(self) -> None:
        _require(
            0 <= self.client_sap <= 0x3FFF,
            self.address_size in (1, 2, 4),
            all(1 <= size <= MAX_INFO for size in (self.send_info, self.receive_info)),
            all(1 <= frames <= MAX_WINDOW for frames in (self.send_window, self.receive_window)),
            all(size is None or 1 <= size <= _LONGEST_APDU for size in (self.block_size, self.whole_size)),
            self.baud is None or 1 <= self.baud <= 1_000_000,
        )
        try:
            Address(self.server_sap, self.physical, cast(AddressSize, self.address_size))
        except LocalProtocolError:
            raise ValueError("no such address") from None


@dataclass(frozen=True)
class TwinAccess:
    """How the client gets in, in the words of a model's file; secrets are synthetic. `conformance` is what was granted,
    `max_pdu` the largest APDU that the meter takes."""

    authentication: str = "none"
    security: str = "none"
    suite: int = 0
    secret: bytes | None = field(default=None, repr=False)
    encryption_key: bytes | None = field(default=None, repr=False)
    authentication_key: bytes | None = field(default=None, repr=False)
    conformance: Conformance = Conformance.GET
    max_pdu: int = 0

    def __post_init__(self) -> None:
        try:
            Mechanism.of_words(self.authentication)
            Protection.of_words(self.security)
        except KeyError:
            raise ValueError("unknown words") from None
        _require(self.suite in SUITES, 0 <= self.max_pdu <= 0xFFFF)


@dataclass(frozen=True)
class AnswerTime:
    """Milliseconds from the end of a request to the first octet of its answer. Half of all lie within `spread_ms`."""

    count: int
    median_ms: int
    spread_ms: int

    def __post_init__(self) -> None:
        _require(self.count >= 1, *(0 <= each <= _LONGEST_MS for each in (self.median_ms, self.spread_ms)))

    @classmethod
    def of(cls, seconds: list[float]) -> "AnswerTime":
        """Of these times, at least one."""
        ordered = sorted(1000 * each for each in seconds)
        quarter = len(ordered) // 4
        spread = ordered[-1 - quarter] - ordered[quarter]
        return cls(len(ordered), round(median(ordered)), round(spread))


@dataclass(frozen=True)
class ListLimit:
    """`largest` is how many attributes one GET bore; None where lists are not granted. `beyond` is what became of a
    longer one: `exception`, or a data access result for all; None where none was too long."""

    largest: int | None = None
    beyond: str | None = None

    def __post_init__(self) -> None:
        _require(self.largest is None or self.largest >= 1, self.beyond is None or self.beyond in BEYOND)


@dataclass(frozen=True)
class Selections:
    """How a profile obeys selective access: `kept`, `ignored`, `untried`, a data access result or an error's code."""

    range: str = UNTRIED
    entry: str = UNTRIED


@dataclass(frozen=True)
class Twin:
    """A meter as one client saw it. `unknown`: what an `object`, a `class` or an `attribute` gets that is not there."""

    recorded_at: datetime
    model: str
    line: TwinLine = field(default_factory=TwinLine)
    access: TwinAccess = field(default_factory=TwinAccess)
    sign_on: Identification | None = None
    times: Mapping[str, AnswerTime] = field(default_factory=dict)
    lists: ListLimit = field(default_factory=ListLimit)
    unknown: Mapping[str, Outcome] = field(default_factory=dict)
    selections: Mapping[Obis, Selections] = field(default_factory=dict)
    answers: Mapping[AttributeDescriptor, Outcome] = field(default_factory=dict)


def is_buffer(attribute: AttributeDescriptor) -> bool:
    """Whether it holds the rows of a profile."""
    return (attribute.class_id, attribute.attribute) == (PROFILE_GENERIC, BUFFER)


def _require(*conditions: bool) -> None:
    if not all(conditions):
        raise ValueError("out of range")
