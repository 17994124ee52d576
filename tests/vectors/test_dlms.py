"""Pushed lists, UA, AARE and requests of real meters, through the codec that a session uses."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from agent.dlms.acse.apdus import decode_aare
from agent.dlms.axdr.coding import Data, Reader, Tag, encode, read_data, to_python
from agent.dlms.cosem.clock import decode_date_time
from agent.dlms.cosem.names import Obis
from agent.dlms.cosem.registers import scaled
from agent.dlms.cosem.units import scaler_and_unit
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import decode_parameters
from agent.dlms.xdlms import get, initiate
from agent.dlms.xdlms import set as setting
from agent.dlms.xdlms.general_block_transfer import GENERAL_BLOCK_TRANSFER, BlockReceiver, decode_general_block
from agent.domain.errors import EplusError
from tests.vectors.cases import each, octets

LLC = (b"\xe6\xe7\x00", b"\xe6\xe6\x00")
DATA_NOTIFICATION = 0x0F
CLOCK_OCTETS, NAME_OCTETS = 12, 6


def frames(text: str) -> list[Frame]:
    """The frames between the flags; each is encoded again to the same octets."""
    found = list(Deframer().feed(octets(text)))
    assert b"".join(b"\x7e" + encode_frame(frame)[1:-1] + b"\x7e" for frame in found) == octets(text)
    return found


def without_header(information: bytes) -> bytes:
    while information[:3] in LLC:
        information = information[3:]
    return information


def joined(blocks: list[bytes]) -> bytes:
    """An APDU that came in one piece, or in general blocks."""
    if blocks[0][0] != GENERAL_BLOCK_TRANSFER:
        return b"".join(blocks)
    receiver = BlockReceiver(first_number=1)
    whole = [receiver.take(decode_general_block(block)) for block in blocks]
    assert whole[-1] is not None
    return whole[-1]


def apdu_of(case: dict[str, Any]) -> bytes:
    if "frames" in case:
        return joined([without_header(frame.information) for frame in frames(case["frames"])])
    return (
        joined([octets(block) for block in case["blocks"]])
        if "blocks" in case
        else without_header(octets(case["apdu"]))
    )


def notified(apdu: bytes) -> tuple[datetime | None, Data]:
    """When the meter spoke, and what it said; the data is encoded again to the same octets."""
    reader = Reader(apdu)
    assert reader.octet() == DATA_NOTIFICATION
    reader.take(4)
    length = reader.octet()
    if length == Tag.OCTET_STRING:
        length = reader.octet()
    moment = decode_date_time(reader.take(length)).to_datetime() if length else None
    rest = reader.take(reader.remaining())
    inner = Reader(rest)
    data = read_data(inner)
    inner.end()
    assert encode(data) == rest
    return moment, data


def told(data: Data) -> dict[str, str]:
    """Values by the object's name: named one by one, or by the list of objects at the beginning; else by place."""
    items: list[Data] = data.value
    if items[0].tag is Tag.ARRAY and is_name(items[0].value[0].value[1]):
        objects = [Obis(*definition.value[1].value) for definition in items[0].value]
        pairs = zip(objects[1:], items[1:], strict=True)  # the first one is the list itself
        return {str(obis): shown(value) for obis, value in pairs}
    return dict(_named(items)) or {str(place): shown(item) for place, item in enumerate(items)}


def _named(items: list[Data]) -> Iterator[tuple[str, str]]:
    for item in items:
        parts = item.value
        if item.tag is not Tag.STRUCTURE or not is_name(parts[0]):
            continue
        with_unit = len(parts) == 3
        yield str(Obis(*parts[0].value)), register(parts[1], parts[2]) if with_unit else shown(parts[1])


def is_name(data: Data) -> bool:
    return data.tag is Tag.OCTET_STRING and len(data.value) == NAME_OCTETS


def register(value: Data, unit: Data) -> str:
    exact = scaled(value, *scaler_and_unit(unit))
    return f"{exact.value} {exact.unit}"


def shown(data: Data) -> str:
    if data.tag is not Tag.OCTET_STRING:
        return str(to_python(data))
    if len(data.value) == CLOCK_OCTETS:
        moment = decode_date_time(data.value).to_datetime()
        assert moment is not None
        return moment.replace(tzinfo=None).isoformat()
    return str(data.value.decode("latin-1"))


@each("notifications")
def test_a_pushed_list(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(EplusError) as caught:
            told(notified(apdu_of(case))[1])
        assert caught.value.code == case["refused"]
        return
    moment, data = notified(apdu_of(case))
    if "moment" in case:
        assert moment == datetime.fromisoformat(case["moment"])
    found = told(data)
    assert {name: found.get(name) for name in case["told"]} == case["told"]


@each("associations")
def test_an_association(case: dict[str, Any]) -> None:
    found = answered(case) if "request" not in case else requested(case)
    right = dict(case["right"])
    if "refused" in right:
        with pytest.raises(EplusError) as caught:
            initiate.decode_response(decode_aare(apdu_of(case)).user_information)
        assert caught.value.code == right.pop("refused")
    assert {name: found[name] for name in right} == right


def answered(case: dict[str, Any]) -> dict[str, Any]:
    if "ua" in case:
        (frame,) = frames(case["ua"])
        assert frame.kind is FrameKind.UA
        agreed = decode_parameters(frame.information)
        return {
            "max_info_send": agreed.transmit_info,
            "max_info_receive": agreed.receive_info,
            "window_send": agreed.transmit_window,
            "window_receive": agreed.receive_window,
        }
    apdu = apdu_of({"frames": case["aare"]} if "aare" in case else case)
    answer = decode_aare(apdu)
    found: dict[str, Any] = {"accepted": answer.accepted, "diagnostic": answer.diagnostic, "ciphered": answer.ciphered}
    found["title"] = answer.title.hex() if answer.title else None
    if "conformance" in case["right"]:
        granted = initiate.decode_response(answer.user_information)
        found |= {"conformance": [str(each.name) for each in granted.conformance], "max_pdu": granted.max_pdu}
    return found


def requested(case: dict[str, Any]) -> dict[str, Any]:
    (frame,) = frames(case["request"])
    apdu, service = without_header(frame.information), case["right"]["service"]
    request = get.decode_request(apdu) if service == "get" else setting.decode_request(apdu)
    assert isinstance(request, get.GetRequest | setting.SetRequest)
    (attribute,) = request.attributes
    found: dict[str, Any] = {
        "service": service,
        "object": f"{attribute.class_id}/{attribute.obis}/{attribute.attribute}",
    }
    if isinstance(request, setting.SetRequest):
        found["value"] = [[part.hex() for part in each] for each in to_python(request.values[0])]
    return found
