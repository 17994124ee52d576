"""Readouts of real meters: what a technician sees of them, digit by digit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from agent.dlms.iec21 import DataBlock, Listener, ReadOut, parity
from agent.dlms.iec21.events import BaudChange
from agent.dlms.iec21.readout import check_character, encode_message, find_message, parse_block
from agent.domain.errors import EplusError
from agent.domain.parameters import ReadRange
from agent.domain.reading import MeterReading
from agent.domain.results import Cell
from agent.meters import ReadoutModel, load_model
from agent.procedures.readout import reading_of
from agent.procedures.readout_profile import profile_of
from tests.vectors.cases import cases, each

NOW = datetime(2026, 11, 20, 15, 27, 22, tzinfo=timezone(timedelta(hours=1)))
ENERGIES = ("total", "t1", "t2", "t3", "t4", "t5", "t6")
ALWAYS = ReadRange(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def model() -> ReadoutModel:
    found = load_model("readout")
    assert isinstance(found, ReadoutModel)
    return found


def lines_of(case: dict[str, Any]) -> bytes:
    text: str = case["input"]
    return text.lstrip("\n").replace("\n", "\r\n").encode()


def heard(octets: bytes) -> DataBlock:
    """What a listener makes of it, in pieces as they come in."""
    listener = Listener(9600)
    listener.start(0, 60)
    assert listener.next_event() == BaudChange(9600)
    for at in range(0, len(octets), 17):
        listener.receive(octets[at : at + 17], at / 960)
    read_out = listener.next_event()
    assert isinstance(read_out, ReadOut)
    return DataBlock(read_out.data_sets, read_out.set_aside)


def framed(octets: bytes) -> DataBlock:
    """What a reader makes of it after an acknowledgement, with its block check character."""
    body = octets + b"\x03"
    found = find_message(b"\x02" + body + bytes((check_character(body),)))
    assert found is not None and found[1]
    return parse_block(found[0])


def block_of(case: dict[str, Any]) -> DataBlock:
    octets = lines_of(case)
    return heard(octets) if octets.startswith(b"/") else framed(octets)


def seen(reading: MeterReading) -> dict[str, Any]:
    quantities = {"total": reading.total, **reading.tariffs}
    facts = {"serial": reading.serial, "version": reading.app_version, "warnings": list(reading.warnings)}
    moment = None if reading.meter_time is None else reading.meter_time.replace(tzinfo=None).isoformat()
    return {**{name: each.value for name, each in quantities.items()}, **facts, "time": moment}


def wanted(right: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: Decimal(text) for name, text in right.items() if name in ENERGIES}
    return {"version": None, "warnings": [], "time": None, **right, **numbers}


@each("readouts")
def test_a_readout(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(EplusError) as caught:
            reading_of(model(), None, block_of(case), NOW)
        assert caught.value.code == case["refused"]
        return
    reading = reading_of(model(), case["right"]["serial"], block_of(case), NOW)
    assert seen(reading) == wanted(case["right"])
    assert all(quantity.unit == "Wh" for quantity in (reading.total, *reading.tariffs.values()))


@each("readouts")
@pytest.mark.parametrize("encode", [parity.encode, bytes], ids=["7E1", "8N1"])
def test_in_the_middle_of_a_stream(case: dict[str, Any], encode: Callable[[bytes], bytes]) -> None:
    """The end of another telegram comes first, with noise."""
    octets = lines_of(case)
    if octets.startswith(b"/"):
        assert heard(encode(octets[-40:]) + b"\xfe\x80" + encode(octets)) == block_of(case)


@each("readouts")
def test_what_is_written_is_read_again(case: dict[str, Any]) -> None:
    data_sets = block_of(case).data_sets
    found = find_message(encode_message(data_sets))
    assert found is not None and found[1]
    assert parse_block(found[0]) == DataBlock(data_sets)


@each("profiles")
def test_a_load_profile(case: dict[str, Any]) -> None:
    block = framed(b"0.0.0(12345678)\r\n" + lines_of(case))
    profile = profile_of(model(), None, block, ALWAYS)
    assert profile.warnings == ()
    assert profile.capture_period_s == case["period"]
    assert [f"{channel.name} {channel.unit}" for channel in profile.channels[2:]] == case["columns"]
    assert [list(map(_text, row)) for row in profile.rows] == case["rows"]


def _text(cell: Cell) -> str | None:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    if isinstance(cell, datetime):
        return cell.isoformat()
    return None if cell is None else str(cell)


def test_a_telegram_whose_check_sum_is_wrong_is_passed_over() -> None:
    checked = [lines_of(case) for case in cases("readouts") if case["input"].rstrip()[-5] == "!"]
    assert len(checked) == 3
    for octets in checked:
        assert heard(octets.replace(b"1-0:1.8", b"1-0:1.9", 1) + octets) == heard(octets)
