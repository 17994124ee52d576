"""Quirks of readouts (IEC 62056-21)."""

import re
from collections.abc import Callable
from dataclasses import replace

from agent.simulator.quirks.quirk import ReadoutQuirk, SentReadout

_MODE_A, _MODE_B = "!", "E"
"""In mode B, E stands for 9,600 baud."""
_ADDRESS = re.compile(r"^[0-9A-Z.]+(?=\()")
_NUMBER = re.compile(r"(\(\d+)\.(\d+)")
_SERIAL, _TOTAL, _FIRST_TARIFF = "0.0.0(", "1.8.0(", "1.8.1("
_ERROR = "(ERROR 06)"
_PROFILE_HEAD, _PROFILE_ROW = "P.01(1210302001500)(00)(15)(2)(1.5)(kW)(2.5)(kW)", "(0.00320)(0.000)"
ALWAYS = 1 << 30

Lines = tuple[str, ...]


def _lines(name: str, words: str, change: Callable[[Lines], Lines]) -> ReadoutQuirk:
    return ReadoutQuirk(name, words, lambda telegram: replace(telegram, lines=change(telegram.lines)))


def _framing(name: str, words: str, **changes: object) -> ReadoutQuirk:
    return ReadoutQuirk(name, words, lambda telegram: replace(telegram, **changes))  # type: ignore[arg-type]


def _is(line: str, address: str) -> bool:
    """Whether it is the line of that address, whatever its prefix is."""
    return line.startswith(address) or f":{address}" in line or f":{address[:-1]}*255(" in line


def _history_first(lines: Lines) -> Lines:
    """Stored values of two former periods before each register."""
    found: list[str] = []
    for line in lines:
        if _is_register(line):
            address, values = line.split("(", 1)
            found += [f"{address.removesuffix('*255')}*{period}({_older(values, period)}" for period in (2, 1)]
        found.append(line)
    return tuple(found)


def _is_register(line: str) -> bool:
    return "1.8." in line.split("(")[0]


def _older(values: str, period: int) -> str:
    """The value with another first digit, which no register has."""
    return str(9 - period) + values[1:]


def _prefixed(lines: Lines) -> Lines:
    """Codes with medium and channel, and with *255."""
    return tuple(_ADDRESS.sub(lambda found: f"1-0:{found[0]}*255", line) for line in lines)


def _other_channel(lines: Lines) -> Lines:
    """A gas meter's values before all others."""
    return ("0-1:0.0.0(GAS0000012345)", "7-1:3.0.0(00012.345*m3)", "0-1:1.8.0(00077.777*kWh)", *lines)


def _each(change: Callable[[str], str]) -> Callable[[Lines], Lines]:
    return lambda lines: tuple(map(change, lines))


def _without(address: str) -> Callable[[Lines], Lines]:
    return lambda lines: tuple(line for line in lines if not _is(line, address))


def _serial_elsewhere(lines: Lines) -> Lines:
    """An empty serial number, and the real one under C.1.0."""
    found: list[str] = []
    for line in lines:
        if _is(line, _SERIAL):
            address, values = line.split("(", 1)
            found += [f"{address}()", f"{address.replace('0.0.0', 'C.1.0')}({values}"]
        else:
            found.append(line)
    return tuple(found)


def _unit_apart(line: str) -> str:
    return line.replace("*kWh", "") if _is_register(line) else line


def _letter_in(address: str) -> Callable[[str], str]:
    return lambda line: re.sub(r"\((\d)\d", r"(\1X", line, count=1) if _is(line, address) else line


def _wrong_checks(name: str, words: str, times: int) -> ReadoutQuirk:
    return _framing(name, words, wrong_checks=times)


def _mode_d(telegram: SentReadout) -> SentReadout:
    return replace(telegram, letter="3", framed=False, by_itself=True)


READOUTS = (
    _lines("history-first", "Values of former periods stand before the present ones.", _history_first),
    _lines("serial-elsewhere", "The serial number is empty, and stands under C.1.0.", _serial_elsewhere),
    _lines("serial-missing", "There is no serial number.", _without(_SERIAL)),
    _lines("total-missing", "There is no total.", _without(_TOTAL)),
    _lines("tariff-missing", "There is no T1.", _without(_FIRST_TARIFF)),
    _lines("total-letter", "There is a letter in the number of the total.", _each(_letter_in(_TOTAL))),
    _lines("tariff-letter", "There is a letter in the number of T1.", _each(_letter_in(_FIRST_TARIFF))),
    _lines("unit-missing", "Registers have no unit.", _each(_unit_apart)),
    _lines("decimal-comma", "Numbers have a decimal comma.", _each(lambda line: _NUMBER.sub(r"\1,\2", line))),
    _lines("prefixed", "Codes have medium, channel and *255.", _prefixed),
    _lines("gas-first", "The values of a gas meter stand before the meter's own.", _other_channel),
    _lines("error-line", "One line is an error message.", lambda lines: (_ERROR, *lines)),
    _lines("value-odd", "One value is an error in double brackets.", lambda lines: ("1-0:0.2.0((ER11))", *lines)),
    _lines("line-odd", "One line is no data set.", lambda lines: (*lines[:2], "?#;12", *lines[2:])),
    _lines("error-only", "There is an error message and nothing else.", lambda _lines: (_ERROR,)),
    _lines("profile-rows", "A load profile follows (P.01).", lambda lines: (*lines, _PROFILE_HEAD, _PROFILE_ROW)),
    _lines("lines-none", "There is no line at all.", lambda _lines: ()),
    _framing("mode-a", "It sends at 300 baud, without an acknowledgement.", letter=_MODE_A, unasked=True),
    _framing("mode-b", "It names 9,600 baud and sends, without an acknowledgement.", letter=_MODE_B, unasked=True),
    ReadoutQuirk("mode-d", "It hears nothing, and sends by itself, unframed.", _mode_d),
    _framing("rate-unknown", "It offers a rate that the standard does not know.", letter="9"),
    _framing("unframed", "Its data have neither STX nor ETX nor a check character.", framed=False),
    _framing("seven-bits", "The probe takes the parity bits away.", seven_bits=True),
    _wrong_checks("check-wrong-once", "The check character is wrong the first time.", 1),
    _wrong_checks("check-wrong-always", "The check character is always wrong.", ALWAYS),
)
"""By readouts; one that comes later sees the lines of those before it."""
