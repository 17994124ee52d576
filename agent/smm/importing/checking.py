"""Checks each line of a list of meters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.domain.errors import EplusError, InputError
from agent.domain.serial import parse_serial
from agent.smm.importing.reading import LONGEST_CELL, SheetLine

TEXTS: Mapping[str, int] = {
    "model": 32,
    "concentrator": 64,
    "mac": 32,
    "app_version": 64,
    "state": 32,
    "details": 200,
    "tag": 50,
    "pod": 64,
    "address": 200,
    "customer": 100,
    "contract_profile": 100,
    "tariff_profile": 100,
}
"""Text columns, and how many characters they may have."""

KEYS: Mapping[str, Sequence[int]] = {
    "lls_password": range(1, 65),
    "encryption_key": (16, 32),
    "authentication_key": (16, 32),
    "vending_key": (16, 32),
}
"""Secret columns, in hex, and how many octets they may have."""

FLAGS: Mapping[str, str] = {"prepayment": "is_prepay_configured", "reachable": "reachable", "deleted": "deleted"}
COLUMNS = ("serial", *TEXTS, *FLAGS, *KEYS)
_TRUE, _FALSE = ("true", "yes", "si", "sí", "sì", "1"), ("false", "no", "0")
_MODEL = re.compile(r"[a-z0-9_-]{1,32}")


@dataclass(frozen=True)
class NewMeter:
    """A line that is right: `values` by column of the meter, `keys` in hex. What the line lacks stays as it is."""

    number: int
    serial: str
    values: dict[str, str | bool]
    keys: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line, whose number is as a person counts."""

    line: int
    error: EplusError


def check(lines: Sequence[SheetLine], tag: str) -> tuple[list[NewMeter], list[Fault]]:
    """The meters of lines that are right, and faults of the others. With a tag, meters of another tag are faults."""
    meters: list[NewMeter] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for line in lines:
        try:
            meter = _meter(line, tag)
            for name, value in (("serial", meter.serial), ("pod", str(meter.values.get("pod", "")))):
                _once(seen, name, value, line.number)
            meters.append(meter)
        except InputError as error:
            faults.append(Fault(line.number, error))
    return meters, faults


def _meter(line: SheetLine, tag: str) -> NewMeter:
    if unknown := [name for name in line.texts if name not in COLUMNS]:
        raise InputError(code="import-column", column=unknown[0][:40])
    values: dict[str, str | bool] = {name: _text(name, line.texts[name]) for name in TEXTS if name in line.texts}
    values |= {column: _flag(name, line.texts[name]) for name, column in FLAGS.items() if name in line.texts}
    if "model" in values:
        values["model"] = _model(str(values["model"]))
    if tag and values.setdefault("tag", tag) != tag:
        raise InputError(code="import-tag", tag=str(values["tag"]))
    keys = {name: _key(name, line.texts[name]) for name in KEYS if name in line.texts}
    return NewMeter(line.number, parse_serial(line.texts.get("serial", "")), values, keys)


def _once(seen: dict[str, int], name: str, value: str, number: int) -> None:
    if value and seen.setdefault(f"{name} {value}", number) != number:
        raise InputError(code="import-twice", column=name, value=value, line=seen[f"{name} {value}"])


def _text(name: str, text: str) -> str:
    if len(text) > min(TEXTS[name], LONGEST_CELL) or not text.isprintable():
        raise InputError(code="import-value", column=name)
    return text


def _model(text: str) -> str:
    if not _MODEL.fullmatch(text.lower()):
        raise InputError(code="import-value", column="model")
    return text.lower()


def _flag(name: str, text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise InputError(code="import-value", column=name)
    return text.lower() in _TRUE


def _key(name: str, text: str) -> str:
    """The key in hex. The error never repeats the key."""
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b""
    if len(octets) not in KEYS[name]:
        raise InputError(code="import-value", column=name)
    return octets.hex()
