"""Activities at a meter that says anything, in APDUs that are in order."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from agent.dlms import ActionReply, ActionResult, Data, DataAccessResult, MethodDescriptor, Tag
from agent.dlms.axdr.coding import Reader, read_data
from agent.domain.activity import Activity
from agent.domain.credit_token import CreditToken, vend
from agent.domain.exchange import payload_of
from agent.domain.parameters import ChargeCredit, Detach, Nothing, Parameters, SetClock, SetPrepayment, SetSupply
from agent.domain.prepayment import PrepayProfile
from agent.domain.tariff import Contract, Season, Switch, TariffPlan
from agent.meters import MeterModel, load_model
from agent.procedures.calendar import plan_parts
from agent.procedures.dialogue import Answer, Dialogue, Read, Reply, Write, Written
from agent.procedures.reading import reading
from agent.procedures.tasks import procedure_of
from tests.fuzz.seeds import CLOCK, COUNT, SCALER_UNIT, octets_of

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_NAME = "UAAEEDN1"
_SERIAL = Data(Tag.VISIBLE_STRING, _NAME)
_PLAN = TariffPlan("Two", (Season("all", 1, 1, "w"),), {"w": (1,) * 7}, {1: (Switch(0, 1), Switch(600, 2))})
TOKEN = vend(CreditToken(bytes(16), _NAME, 7, "1"), bytes(16))
_PARAMETERS: Mapping[Activity, Parameters] = {
    Activity.DISCONNECT: Detach("impago"),
    Activity.CREDIT_CHARGE: ChargeCredit(7, TOKEN, "1"),
    Activity.PREPAY_CONFIG: SetPrepayment(PrepayProfile("p", "prepayment", 5, 2, 0, 1, 8)),
    Activity.CHANGE: SetSupply(_PLAN, Contract("c", 5_000)),
    Activity.CLOCK: SetClock(far_off=True),
}
_BREAKER = Data(Tag.BOOLEAN, True), Data(Tag.ENUM, 1)
_SIGNED, _MODE = Data(Tag.DOUBLE_LONG, 100), Data(Tag.ENUM, 2)


def read_meter(octets: bytes) -> object:
    """A reading by the generic model: each answer is a value of these, or none."""
    return payload_of(_carried_out(reading(_model("generic"), None), _values(octets)))


def performer(activity: Activity) -> Callable[[bytes], object]:
    """The activity at a meter of the model that has all; what comes out fits a message to SMM."""

    def perform(octets: bytes) -> object:
        parameters = _PARAMETERS.get(activity, Nothing())
        return payload_of(_carried_out(procedure_of(activity)(_model("cerm1"), _NAME, parameters), _values(octets)))

    return perform


def readings() -> tuple[bytes, ...]:
    return (octets_of(_SERIAL, CLOCK, COUNT, *_BREAKER, *[SCALER_UNIT] * 7, *[COUNT] * 7, COUNT),)


def answers() -> tuple[bytes, ...]:
    """What meters say in one activity or another."""
    account = _structure(_MODE, _MODE), _structure(Data(Tag.UTF8_STRING, "Wh"), Data(Tag.INTEGER, 0), Data(Tag.ENUM, 1))
    power = _structure(Data(Tag.LONG_UNSIGNED, 3), Data(Tag.OCTET_STRING, bytes((1, 0, 1, 7, 0, 255))), SCALER_UNIT)
    return (
        octets_of(_SERIAL, Data(Tag.ENUM, 4), *_BREAKER * 3),
        octets_of(_SERIAL, *account, _SIGNED, Data(Tag.ENUM, 3), *[_SIGNED] * 8),
        octets_of(_SERIAL, *plan_parts(_PLAN), power, COUNT, SCALER_UNIT),
        octets_of(_SERIAL, CLOCK, CLOCK, CLOCK),
    )


def _structure(*parts: Data) -> Data:
    return Data(Tag.STRUCTURE, parts)


def _model(name: str) -> MeterModel:
    model = load_model(name)
    assert isinstance(model, MeterModel)
    return model


def _values(octets: bytes) -> list[Data]:
    reader = Reader(octets)
    values: list[Data] = []
    while reader.remaining():
        values.append(read_data(reader))
    return values


def _carried_out(dialogue: Dialogue[Any], values: list[Data]) -> Any:
    """Whatever is written is said to be made."""
    remaining = iter(values)
    reply: Reply = None
    while True:
        try:
            wish = dialogue.send(reply)
        except StopIteration as end:
            return end.value
        reply = None
        if isinstance(wish, Read):
            none = DataAccessResult.OBJECT_UNDEFINED
            reply = Answer(tuple(next(remaining, none) for _ in wish.attributes), _NOON)
        elif isinstance(wish, Write):
            is_method = isinstance(wish.change[0], MethodDescriptor)
            reply = Written(ActionReply(ActionResult.SUCCESS) if is_method else DataAccessResult.SUCCESS, _NOON)
