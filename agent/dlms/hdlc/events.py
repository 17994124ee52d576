"""What a link tells, and what both its ends say before an APDU."""

from dataclasses import dataclass

from agent.domain.errors import EplusError

LLC_COMMAND = b"\xe6\xe6\x00"
LLC_RESPONSE = b"\xe6\xe7\x00"


@dataclass(frozen=True)
class LinkTimes:
    """Seconds of silence after which the meter is asked again, and how often.

    `response` counts from our last octet, `inter_octet` from the last octet of an unfinished answer. `retries` is
    how many silences in a row are borne, and how often the same segments are sent again.
    """

    response: float = 3.0
    inter_octet: float = 1.5
    retries: int = 5


@dataclass(frozen=True)
class LinkUp:
    pass


@dataclass(frozen=True)
class LinkDown:
    pass


@dataclass(frozen=True)
class SegmentReceived:
    """A piece of an APDU, in order and without its LLC header; `last` ends the APDU."""

    content: bytes
    last: bool


@dataclass(frozen=True)
class LinkFailed:
    error: EplusError


LinkEvent = LinkUp | LinkDown | SegmentReceived | LinkFailed
