"""The data message of a readout (IEC 62056-21:2002, clause 6): data sets, and the block check character."""

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor

from agent.dlms.iec21.lines import ETX, STX, Identification, find_identification
from agent.domain.errors import MalformedData

MAX_OCTETS = 1 << 16
_SET = re.compile(r"([^()/!]*)((?:\([^()]*\))+)")
_VALUE = re.compile(r"\(([^()]*)\)")
_BARE = re.compile(rb"\)[ \t]*\r?\n!\r?\n")
_END = re.compile(rb"\n!([0-9A-Fa-f]{4})?[ \t]*\r?\n")
_CRC_POLYNOMIAL = 0xA001
_REPLACED = "\ufffd"


@dataclass(frozen=True)
class DataSet:
    """An address, which may be empty, and values, each with its unit or None."""

    address: str
    values: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class DataBlock:
    """The data sets of a readout, in order, and the lines that hold none, as the meter sent them."""

    data_sets: tuple[DataSet, ...]
    set_aside: tuple[str, ...] = ()


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


def find_bare_message(octets: bytes) -> bytes | None:
    """The data block of a meter that sends it without STX, ETX and check character, up to its end mark; None without
    a whole one, or where either shows that the other was lost. Only silence tells that nothing follows."""
    found = _BARE.search(octets)
    return None if STX in octets or ETX in octets or found is None else octets[: found.end()]


@dataclass(frozen=True)
class Telegram:
    """What a meter sends by itself (mode D)."""

    identification: Identification
    block: bytes


def find_telegram(octets: bytes) -> Telegram | None:
    """The first whole telegram: identification, data, and a line that begins with `!`. One whose check sum, where there
    is one, is wrong is passed over."""
    for end in _END.finditer(octets):
        start = octets.rfind(b"/", 0, end.start())
        found = find_identification(octets[start : end.end()]) if start >= 0 else None
        if found is None:
            continue
        if end[1] is None or int(end[1], 16) == _crc(octets[start : end.start() + 2]):
            return Telegram(found[0], octets[start + found[1] : end.end()])
    return None


def has_identification(octets: bytes) -> bool:
    """Whether a telegram has begun."""
    return find_identification(octets) is not None


def _crc(octets: bytes) -> int:
    """CRC-16 of the P1 companion standard, over all from `/` to `!`."""
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (_CRC_POLYNOMIAL if crc & 1 else 0)
    return crc


def parse_block(block: bytes) -> DataBlock:
    """The data sets of a data block; several may share a line. A line that is wrong is set aside, the rest stands."""
    text = block.decode("ascii", errors="replace")
    data_sets: list[DataSet] = []
    set_aside: list[str] = []
    for line in filter(None, map(str.strip, re.split(r"[\r\n]+", text))):
        if line.startswith("!"):
            break
        found, rest = _data_sets(line)
        data_sets += found
        set_aside += [rest] if rest else []
    return DataBlock(tuple(data_sets), tuple(set_aside))


def _data_sets(line: str) -> tuple[list[DataSet], str]:
    """The data sets at the beginning of a line, and what of it is none."""
    found: list[DataSet] = []
    at = 0
    while at < len(line):
        match = _SET.match(line, at)
        if match is None or _REPLACED in match[0]:
            return found, line[at:]
        values = tuple(_value(text) for text in _VALUE.findall(match[2]))
        found.append(DataSet(match[1].strip(), values))
        at = match.end()
    return found, ""


def _value(text: str) -> tuple[str, str | None]:
    value, star, unit = text.partition("*")
    return value, unit if star else None


def _line(data_set: DataSet) -> str:
    values = (f"({value})" if unit is None else f"({value}*{unit})" for value, unit in data_set.values)
    return data_set.address + "".join(values)
