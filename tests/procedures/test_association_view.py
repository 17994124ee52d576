"""A meter model fitted to the objects that a meter lists."""

from agent.dlms import Obis
from agent.dlms.cosem.objects import ListedObject
from agent.meters import MeterModel, load_model
from agent.procedures.association_view import fitted


def model() -> MeterModel:
    found = load_model("cerm1")
    assert isinstance(found, MeterModel)
    return found


def listing(*objects: tuple[int, str]) -> tuple[ListedObject, ...]:
    return tuple(ListedObject(class_id, 0, Obis.parse(name), {}, {}) for class_id, name in objects)


def test_the_valve_of_a_gas_meter_is_not_the_breaker() -> None:
    view = listing((70, "0.1.96.3.10.255"), (70, "0.0.96.3.10.255"))
    assert fitted(model(), view).disconnect_control == "0.0.96.3.10.255"
    assert fitted(model(), view[:1]).disconnect_control is None


def test_of_two_clocks_the_models_own_counts() -> None:
    view = listing((8, "0.1.1.0.0.255"), (8, "0.0.1.0.1.255"), (8, "0.0.1.0.0.255"))
    assert fitted(model(), view).clock == "0.0.1.0.0.255"
    assert fitted(model(), view[:2]).clock == "0.0.1.0.1.255"
    assert fitted(model(), view[:1]).clock == model().clock
