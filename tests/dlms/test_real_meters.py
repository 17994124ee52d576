"""Telegrams of real meters of four makers: what they say, and that nothing of it is lost."""

import tomllib
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from agent.dlms.axdr.coding import Data, Reader, Tag, encode, read_data, to_python
from agent.dlms.cosem.clock import decode_date_time
from agent.dlms.cosem.names import Obis
from agent.dlms.cosem.registers import scaled
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.iec21 import DataSet
from agent.dlms.iec21.readout import parse_block

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors" / "real_meters.toml").read_text())
_LLC = b"\xe6\xe7\x00"
_DATA_NOTIFICATION = 0x0F


def frame_of(maker: str) -> Frame:
    octets = bytes.fromhex(VECTORS["frames"][maker])
    (frame,) = Deframer().feed(b"\x7e" + octets + b"\x7e")
    assert encode_frame(frame)[1:-1] == octets
    return frame


def notified(information: bytes) -> tuple[bytes, Data]:
    """When the meter spoke, and what it said; the data is encoded again to the same octets."""
    reader = Reader(information)
    assert reader.take(3) == _LLC and reader.octet() == _DATA_NOTIFICATION
    reader.take(4)
    first = reader.octet()
    moment = reader.take(12 if first == Tag.OCTET_STRING and reader.octet() == 12 else first)
    rest = reader.take(reader.remaining())
    inner = Reader(rest)
    data = read_data(inner)
    inner.end()
    assert encode(data) == rest
    return moment, data


def apdu(maker: str) -> bytes:
    return bytes.fromhex("".join(VECTORS["apdus"][maker].split()))


def test_a_frame_with_an_escape_octet_inside() -> None:
    frame = frame_of("aidon")
    assert (frame.kind, frame.source.size, frame.destination.upper) == (FrameKind.UI, 2, 0x20)
    _, data = notified(frame.information)
    assert to_python(data) == [[bytes(Obis(1, 0, 1, 7, 0)), 0x067D, [0, 27]]]


def test_a_frame_with_a_flag_inside() -> None:
    moment, data = notified(frame_of("kaifa").information)
    assert decode_date_time(moment).to_datetime() == datetime(2020, 2, 15, 1, 25, 34)
    assert to_python(data) == [0x157E]


def test_registers_with_scaler_and_unit() -> None:
    _, data = notified(apdu("aidon"))
    values = {
        bytes(item.value[0].value): scaled(item.value[1], *scaler_and_unit(item.value[2]))
        for item in data.value
        if len(item.value) == 3
    }
    energy, volts = values[bytes(Obis(1, 0, 1, 8, 0))], values[bytes(Obis(1, 0, 32, 7, 0))]
    assert (energy.value, energy.unit) == (Decimal(22_721_380), "Wh")
    assert (volts.value, volts.unit) == (Decimal("227.6"), "V")
    assert len(values) == 13


def test_a_structure_of_names_and_values() -> None:
    moment, data = notified(apdu("kamstrup"))
    assert decode_date_time(moment).to_datetime() == datetime(2017, 8, 16, 16, 0, 5)
    assert to_python(data)[0] == "Kamstrup_V0001"
    assert len(data.value) == 15


@pytest.mark.parametrize(
    ("maker", "count", "known"),
    [
        ("landis_gyr_e360", 7, DataSet("1-0:1.8.0", (("00000896.020", "kWh"),))),
        ("xemex", 6, DataSet("0-1:24.2.1", (("180924130000S", None), ("04890.857", "m3")))),
    ],
)
def test_readouts(maker: str, count: int, known: DataSet) -> None:
    data_sets = parse_block(VECTORS["readouts"][maker].replace("\n", "\r\n").encode()).data_sets
    assert len(data_sets) == count
    assert known in data_sets
