"""Events and timeouts of a link, and the LLC headers before an APDU (IEC 62056-46:2002+A1:2006, 5)."""

from dataclasses import dataclass

from agent.domain.errors import EplusError

LLC_COMMAND = b"\xe6\xe6\x00"
LLC_RESPONSE = b"\xe6\xe7\x00"


@dataclass(frozen=True)
class LinkTimes:
    """Seconds of silence after which the meter is polled again, and how often.

    `response` counts from our last octet, `inter_octet` from the last octet of an unfinished answer. `retries` is
    how many silences in a row are tolerated, and how often the same segments are sent again.

    Meters that are deaf for a while get so many seconds of quiet: `before_connect` before SNRM, `after_connect` between
    UA and the first frame, `before_frame` between what came last and any frame of ours.
    """

    response: float = 3.0
    inter_octet: float = 1.5
    retries: int = 5
    before_connect: float = 0.0
    after_connect: float = 0.0
    before_frame: float = 0.0


@dataclass(frozen=True)
class LinkUp:
    """The server has answered SNRM with UA."""


@dataclass(frozen=True)
class LinkDown:
    """The connection has ended as requested."""


@dataclass(frozen=True)
class SegmentReceived:
    """A piece of an APDU, in order and without its LLC header; `last` ends the APDU."""

    content: bytes
    last: bool


@dataclass(frozen=True)
class LinkFailed:
    """The connection has ended with an error."""

    error: EplusError


LinkEvent = LinkUp | LinkDown | SegmentReceived | LinkFailed
