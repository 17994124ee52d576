"""The data message of a readout (IEC 62056-21:2002, clause 6): data sets, and the block check character."""

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor

from agent.dlms.iec21.lines import ETX, STX
from agent.domain.errors import MalformedData

MAX_OCTETS = 1 << 16
_SET = re.compile(r"([^()/!]*)((?:\([^()]*\))+)")
_VALUE = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class DataSet:
    """An address, which may be empty, and values, each with its unit or None."""

    address: str
    values: tuple[tuple[str, str | None], ...]


def encode_message(data_sets: tuple[DataSet, ...]) -> bytes:
    """STX, the data block, ETX and its block check character."""
    lines = "".join(_line(data_set) + "\r\n" for data_set in data_sets)
    body = (lines + "!\r\n").encode("ascii") + bytes((ETX,))
    return bytes((STX,)) + body + bytes((check_character(body),))


def check_character(body: bytes) -> int:
    """The block check character over all that follows STX, ETX included."""
    return reduce(xor, body, 0)


def find_message(octets: bytes) -> tuple[bytes, bool] | None:
    """The data block, and whether its check character is right; None without a whole one.

    Raises:
        MalformedData: more than `MAX_OCTETS` without an end.
    """
    start = octets.find(STX)
    end = octets.find(ETX, start + 1) if start >= 0 else -1
    if end < 0 or end + 1 >= len(octets):
        if len(octets) > MAX_OCTETS:
            raise MalformedData("a readout without an end")
        return None
    body = octets[start + 1 : end + 1]
    return body[:-1], check_character(body) == octets[end + 1]


def parse_block(block: bytes) -> tuple[DataSet, ...]:
    """The data sets of a data block, in order; several may share a line.

    Raises:
        MalformedData: octets outside ASCII, a line without a data set, or no end mark.
    """
    if not block.isascii():
        raise MalformedData("a readout with octets outside ASCII")
    text, mark, rest = block.decode("ascii").partition("!")
    if not mark or rest.strip("\r\n"):
        raise MalformedData("a readout without an end mark")
    return tuple(data_set for line in text.splitlines() if line.strip() for data_set in _data_sets(line.strip()))


def _data_sets(line: str) -> list[DataSet]:
    found = []
    at = 0
    while at < len(line):
        match = _SET.match(line, at)
        if match is None:
            raise MalformedData("not a data set")
        values = tuple(_value(text) for text in _VALUE.findall(match[2]))
        found.append(DataSet(match[1].strip(), values))
        at = match.end()
    return found


def _value(text: str) -> tuple[str, str | None]:
    value, star, unit = text.partition("*")
    return value, unit if star else None


def _line(data_set: DataSet) -> str:
    values = (f"({value})" if unit is None else f"({value}*{unit})" for value, unit in data_set.values)
    return data_set.address + "".join(values)
