"""A reading of a meter that says anything, in APDUs that are in order."""

from datetime import UTC, datetime
from typing import Any

from agent.dlms import Data, DataAccessResult, Tag
from agent.dlms.axdr import Reader, read_data
from agent.domain.exchange import payload_of
from agent.meters import MeterModel, load_model
from agent.procedures.dialogue import Answer, Dialogue, Read
from agent.procedures.reading import reading
from tests.fuzz.seeds import CLOCK, COUNT, SCALER_UNIT, octets_of

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_MODEL = load_model("generic")
_SERIAL = Data(Tag.VISIBLE_STRING, "UAAEEDN1")


def read_meter(octets: bytes) -> object:
    """Each answer is a value of these, or none; what comes out fits a message to SMM."""
    answers = Reader(octets)
    values: list[Data] = []
    while answers.remaining():
        values.append(read_data(answers))
    assert isinstance(_MODEL, MeterModel)
    return payload_of(_carried_out(reading(_MODEL, None), values))


def readings() -> tuple[bytes, ...]:
    breaker = Data(Tag.BOOLEAN, True), Data(Tag.ENUM, 1)
    return (octets_of(_SERIAL, CLOCK, COUNT, *breaker, *[SCALER_UNIT] * 7, *[COUNT] * 7, COUNT),)


def _carried_out(dialogue: Dialogue[Any], values: list[Data]) -> Any:
    remaining = iter(values)
    answer: Answer | None = None
    while True:
        try:
            wanted = dialogue.send(answer)
        except StopIteration as end:
            return end.value
        answer = None
        if isinstance(wanted, Read):
            none = DataAccessResult.OBJECT_UNDEFINED
            answer = Answer(tuple(next(remaining, none) for _ in wanted.attributes), _NOON)
