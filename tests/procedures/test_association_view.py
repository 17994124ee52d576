"""A meter model fitted to the objects that a meter lists, or that such a meter has listed before."""

from collections.abc import Callable

import pytest

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis, Tag
from agent.dlms.axdr.coding import decode, encode
from agent.dlms.cosem.objects import ListedObject, read_object_list
from agent.domain.errors import AccessRefused
from agent.domain.reading import MeterReading
from agent.meters import MeterModel, load_model
from agent.procedures.association_view import LIST_STEP, OBJECT_LIST, association_view, fitted
from agent.procedures.dialogue import Read
from agent.procedures.reading import reading
from agent.simulator.meter import SimulatedMeter
from tests.drivers.line import sample
from tests.procedures.at_meter import MANAGEMENT_CLIENT, AtMeter, Value


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


UNDEFINED = DataAccessResult.OBJECT_UNDEFINED
CLASS_OF_OBIS = {"0.0.1.0.0": 8, "1.0.0.2.0": 1, "0.0.96.3.10": 70, "0.0.96.1.0": 1}
ENERGIES = [f"1.0.1.8.{n}" for n in range(7)]


def generic() -> MeterModel:
    found = load_model("generic")
    assert isinstance(found, MeterModel)
    return found


def entry(name: str, class_id: int | None = None) -> Data:
    rights = Data(Tag.STRUCTURE, (Data(Tag.ARRAY, ()), Data(Tag.ARRAY, ())))
    number = Data(Tag.LONG_UNSIGNED, class_id or CLASS_OF_OBIS.get(name, 3))
    return Data(Tag.STRUCTURE, (number, Data(Tag.UNSIGNED, 0), Data(Tag.OCTET_STRING, bytes(Obis.parse(name))), rights))


def object_list(*names: str) -> Data:
    return Data(Tag.ARRAY, tuple(map(entry, names)))


WHOLE = object_list(*CLASS_OF_OBIS, *ENERGIES)


def answering(listed: Value, *absent: str) -> Callable[[AttributeDescriptor], Value | None]:
    """The sample's meter, with this object list, and without some objects."""
    gone = {Obis.parse(name) for name in absent}

    def instead(attribute: AttributeDescriptor) -> Value | None:
        if attribute == OBJECT_LIST:
            return listed
        return UNDEFINED if attribute.obis in gone else None

    return instead


def visit(kept: dict[tuple[str, str | None], bytes], listed: Value = WHOLE, *absent: str) -> AtMeter:
    return AtMeter(sample(), answering(listed, *absent), kept=kept)


def read(at: AtMeter) -> MeterReading:
    found = at.run(reading(generic(), None))
    assert isinstance(found, MeterReading)
    return found


def lists_read(at: AtMeter) -> int:
    return sum(isinstance(request, Read) and OBJECT_LIST in request.attributes for request in at.requests)


def kind_of(at: AtMeter) -> tuple[str, str | None]:
    ((what, kind),) = at.kept
    assert what == LIST_STEP
    return what, kind


def test_the_list_of_one_meter_serves_the_next_of_its_kind() -> None:
    first = visit({})
    found = read(first)
    assert lists_read(first) == 1
    _, kind = kind_of(first)
    assert kind is not None and kind.startswith("generic ")
    second = visit(first.kept)
    assert read(second) == found and lists_read(second) == 0


def test_where_the_meter_tells_no_version_its_list_is_its_own() -> None:
    at = visit({}, WHOLE, "1.0.0.2.0")
    read(at)
    assert kind_of(at) == (LIST_STEP, None)


@pytest.mark.parametrize("absent", ["1.0.1.8.6", "1.0.1.8.0", "0.0.1.0.0", "0.0.96.3.10"])
def test_a_kept_list_with_an_object_that_is_not_there_is_read_again(absent: str) -> None:
    first = visit({})
    read(first)
    names = [name for name in (*CLASS_OF_OBIS, *ENERGIES) if name != absent]
    if absent == "1.0.1.8.0":
        names.append("1.0.15.8.0")
    other = visit(first.kept, object_list(*names), absent)
    fresh = visit({}, object_list(*names), absent)
    if absent == "1.0.1.8.0":  # neither has another total that can be read
        for at in (other, fresh):
            with pytest.raises(AccessRefused):
                read(at)
    else:
        assert read(other) == read(fresh)
        assert kind_of(other) == kind_of(fresh) and other.kept == fresh.kept
    assert lists_read(other) == 1


def test_a_kept_list_that_lacks_a_tariff_is_found_out_by_the_sum() -> None:
    first = visit({}, object_list(*CLASS_OF_OBIS, *ENERGIES[:4]))
    assert read(first).warnings == ("sum-mismatch",)
    second = visit(first.kept)
    found = read(second)
    assert (len(found.tariffs), found.warnings, lists_read(second)) == (6, (), 1)


def test_what_a_meter_lists_and_does_not_have_is_not_kept() -> None:
    """Else its list would be read at each visit."""
    first = visit({}, object_list(*CLASS_OF_OBIS, *ENERGIES, "0.0.1.0.0"), "0.0.1.0.0")
    assert read(first).meter_time is None
    kept = read_object_list(decode(first.kept[kind_of(first)]))
    assert "0.0.1.0.0.255" not in {str(listed.obis) for listed in kept}


def test_entries_that_make_no_sense_are_warned_of_at_each_visit() -> None:
    odd = Data(Tag.ARRAY, (*WHOLE.value, Data(Tag.NULL, None), Data(Tag.STRUCTURE, (Data(Tag.UNSIGNED, 1),))))
    first = visit({}, odd)
    assert read(first).warnings == ("objects-skipped",)
    assert read(visit(first.kept, odd)).warnings == ("objects-skipped",)


def test_rights_that_make_no_sense_are_warned_of() -> None:
    rights = Data(Tag.STRUCTURE, (Data(Tag.ARRAY, (Data(Tag.UNSIGNED, 7),)), Data(Tag.NULL, None)))
    odd = Data(Tag.STRUCTURE, (*entry("1.0.1.8.0").value[:3], rights))
    assert read(visit({}, Data(Tag.ARRAY, (*WHOLE.value, odd)))).warnings == ("objects-skipped",)


@pytest.mark.parametrize("listed", [UNDEFINED, Data(Tag.NULL, None), Data(Tag.ARRAY, ())])
def test_without_a_list_the_models_objects_stand(listed: Value) -> None:
    at = visit({}, listed)
    assert len(read(at).tariffs) == 6


@pytest.mark.parametrize("kept", [b"", b"\x00", b"\x01\x05", encode(Data(Tag.UNSIGNED, 1))])
def test_what_is_kept_and_is_no_list_is_read_again(kept: bytes) -> None:
    first = visit({})
    found = read(first)
    again = visit({kind_of(first): kept})
    assert read(again) == found and lists_read(again) == 1 and again.kept == first.kept


def test_the_whole_list_for_those_who_ask_for_it() -> None:
    at = AtMeter(sample())
    value = SimulatedMeter.read(at.meter, MANAGEMENT_CLIENT, OBJECT_LIST)
    assert isinstance(value, Data)
    assert at.run(association_view()) == read_object_list(value)
    assert isinstance(at.requests[0], Read) and at.requests[0].told_as is not None
