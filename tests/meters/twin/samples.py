"""A twin with something of everything."""

from datetime import UTC, datetime
from typing import Any

from agent.dlms import AttributeDescriptor, Conformance, Data, DataAccessResult, Obis, Tag
from agent.dlms.iec21.lines import Identification
from agent.meters.twin.model import (
    OBJECT_LIST,
    AnswerTime,
    ListLimit,
    Outcome,
    Selections,
    Twin,
    TwinAccess,
    TwinLine,
    Unanswered,
)

SERIAL, NAME, TOTAL, SECRET = "1/0.0.96.1.0.255/2", "1/0.0.42.0.0.255/2", "3/1.0.1.8.0.255/2", "15/0.0.40.0.0.255/7"
RECORDED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def attribute(name: str) -> AttributeDescriptor:
    class_id, obis, number = name.split("/")
    return AttributeDescriptor(int(class_id), Obis.parse(obis), int(number))


def octets(value: bytes | str) -> Data:
    return Data(Tag.OCTET_STRING, value.encode() if isinstance(value, str) else value)


def number(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


def twin_with(answers: dict[str, Outcome], **more: Any) -> Twin:
    return Twin(RECORDED_AT, "cerm1", answers={attribute(name): value for name, value in answers.items()}, **more)


SAMPLE = twin_with(
    {
        str(OBJECT_LIST): Data(Tag.ARRAY, (Data(Tag.NULL, None), octets(bytes.fromhex("0100010800ff")))),
        SERIAL: octets("ISK12345678"),
        NAME: octets("ISK1000712345678"),
        TOTAL: number(1352143),
        SECRET: DataAccessResult.READ_WRITE_DENIED,
        "1/0.0.96.5.0.255/2": Unanswered("no-answer"),
        "7/1.0.99.1.0.255/2": Data(Tag.ARRAY, (Data(Tag.STRUCTURE, (number(1), Data(Tag.FLOAT32, 1.5))),)),
    },
    line=TwinLine(baud=9600, block_size=100, whole_size=200),
    access=TwinAccess("lls", secret=b"12345678", conformance=Conformance.GET | Conformance.SET, max_pdu=1024),
    sign_on=Identification("ISK", "5", "MT382-1003", True),
    times={"get": AnswerTime(7, 61, 3)},
    lists=ListLimit(12, "exception"),
    unknown={"object": DataAccessResult.OBJECT_UNDEFINED},
    selections={Obis(1, 0, 99, 1, 0): Selections("kept", "other-reason")},
)
