"""Where a value ends, in octets that arrive piece by piece. No octet is examined twice, and nothing is decoded."""

from collections.abc import Generator
from typing import TypeVar

from agent.dlms.axdr.compact_array import TypeDescription
from agent.dlms.axdr.data import FIXED_OCTETS, LISTS, MAX_DEPTH, Tag, known_tag
from agent.domain.errors import MalformedData

MAX_VALUE = 1 << 16
"""Octets of one value; a longer one is malformed."""

Result = TypeVar("Result")
Steps = Generator[None, None, Result]
"""Continues with every `next`, and yields while more octets are needed."""


class Arrivals:
    """Octets that arrived and were not dropped, and the position `at` up to which they were examined.

    No value may end beyond `limit`. The steps raise `MalformedData` for octets that are no value.
    """

    def __init__(self) -> None:
        self.octets = bytearray()
        self.at = 0
        self.limit = MAX_VALUE

    def drop(self, count: int) -> None:
        """Forgets the first octets; the position is at the beginning of the rest."""
        del self.octets[:count]
        self.at = 0

    def skip(self, count: int) -> Steps[None]:
        """Over that many octets, once they have arrived."""
        self.at += count
        if self.at > self.limit:
            raise MalformedData("a value longer than allowed")
        while len(self.octets) < self.at:
            yield

    def octet(self) -> Steps[int]:
        """The next octet."""
        yield from self.skip(1)
        return self.octets[self.at - 1]

    def length(self) -> Steps[int]:
        """A length, as `Reader.length` reads it."""
        first = yield from self.octet()
        if first < 0x80:
            return first
        if not 1 <= first & 0x7F <= 4:
            raise MalformedData("bad length")
        yield from self.skip(first & 0x7F)
        return int.from_bytes(self.octets[self.at - (first & 0x7F) : self.at])


def skip_data(arrivals: Arrivals, depth: int) -> Steps[None]:
    """Over a value with its tag.

    Raises:
        MalformedData: an unknown type, a bad length, nesting deeper than `MAX_DEPTH`, or a value beyond the limit.
    """
    tag = known_tag((yield from arrivals.octet()))
    if tag in LISTS:
        _check_depth(depth)
        count = yield from arrivals.length()
        for _ in range(count):
            yield from skip_data(arrivals, depth + 1)
    elif tag is Tag.COMPACT_ARRAY:
        yield from skip_description(arrivals, depth)
        yield from arrivals.skip((yield from arrivals.length()))
    else:
        yield from _skip_content(arrivals, tag)


def skip_description(arrivals: Arrivals, depth: int = 0) -> Steps[None]:
    """Over the type of a compact array's elements; raises as `skip_data` does."""
    _check_depth(depth)
    tag = known_tag((yield from arrivals.octet()))
    count = 0
    if tag is Tag.ARRAY:
        yield from arrivals.skip(2)
        count = 1
    elif tag is Tag.STRUCTURE:
        count = yield from arrivals.length()
    for _ in range(count):
        yield from skip_description(arrivals, depth + 1)


def skip_element(arrivals: Arrivals, description: TypeDescription) -> Steps[None]:
    """Over a value without its tag; raises as `skip_data` does."""
    if description.tag is Tag.STRUCTURE:
        for element in description.elements:
            yield from skip_element(arrivals, element)
    elif description.tag is Tag.ARRAY:
        for _ in range(description.count):
            yield from skip_element(arrivals, description.elements[0])
    else:
        yield from _skip_content(arrivals, description.tag)


def _skip_content(arrivals: Arrivals, tag: Tag) -> Steps[None]:
    octets = FIXED_OCTETS.get(tag)
    if octets is None:
        length = yield from arrivals.length()
        octets = (length + 7) // 8 if tag is Tag.BIT_STRING else length
    yield from arrivals.skip(octets)


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise MalformedData("nested too deep")
