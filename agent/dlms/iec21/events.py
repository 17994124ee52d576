"""What comes out of a sign-on, and out of listening."""

from dataclasses import dataclass

from agent.dlms.iec21.lines import Identification
from agent.dlms.iec21.readout import DataSet
from agent.domain.errors import EplusError


@dataclass(frozen=True)
class BaudChange:
    """The rate of all that follows; to be obeyed once everything before it has been sent."""

    baud: int


@dataclass(frozen=True)
class SignedOn:
    """HDLC may begin at `baud`, with eight data bits and no parity."""

    identification: Identification
    baud: int


@dataclass(frozen=True)
class ReadOut:
    """The meter has sent its data and closed the session; `set_aside` are lines that make no sense."""

    identification: Identification
    data_sets: tuple[DataSet, ...]
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignOnFailed:
    """The sign-on has ended with an error."""

    error: EplusError


SignOnEvent = BaudChange | SignedOn | ReadOut | SignOnFailed
