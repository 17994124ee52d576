"""Recording a meter: what it refuses and what ends an association is noted, and the rest goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from agent.dlms import AttributeDescriptor, Conformance, Data, DataAccessResult, Obis
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import EplusError, LinkLost, NoAnswer, RemoteRefusal
from agent.meters.twin.model import OBJECT_LIST, Selections, Unanswered
from agent.procedures.dialogue import Read
from agent.procedures.twin import STEPS, Recording
from agent.simulator.meter import SimulatedMeter
from tests.dlms.virtual_line import LAST_ROW
from tests.drivers.line import cerm1, sample
from tests.procedures.at_meter import AtMeter, Value

CLOCK, PROFILE = AttributeDescriptor(8, Obis(0, 0, 1, 0, 0), 2), Obis(1, 0, 99, 1, 0)
BUFFER = AttributeDescriptor(7, PROFILE, 2)


@dataclass
class Odd(AtMeter):
    """`ends` ends the association at a request, as often as it is sent."""

    meter: SimulatedMeter = field(default_factory=sample)
    ends: Callable[[tuple[AttributeDescriptor, ...]], EplusError | None] = lambda _: None
    recording: Recording = field(default_factory=lambda: Recording(cerm1(), granted=SERVICES))

    def _answer(self, request: Any) -> Any:
        if isinstance(request, Read):
            self.recording.requests += 1
            if (error := self.ends(request.attributes)) is not None:
                raise error
        return super()._answer(request)

    def record(self) -> Recording:
        while True:
            try:
                self.run(self.recording.run())
                return self.recording
            except EplusError as error:
                self.recording.go_on_after(error)


def test_steps_and_everything_that_is_listed() -> None:
    at = Odd()
    recording = at.record()
    assert [step.name for step in at.steps] == list(STEPS)
    listed = {(each.class_id, each.obis) for each in recording.objects()}
    assert {(each.class_id, each.obis) for each in recording.answers} == listed and len(listed) > 30
    assert recording.unknown == {
        "object": DataAccessResult.OBJECT_UNDEFINED,
        "class": DataAccessResult.OBJECT_CLASS_INCONSISTENT,
        "attribute": DataAccessResult.READ_WRITE_DENIED,
    }
    end = recording.profiles[PROFILE]
    assert end.selections() == Selections("kept", "kept")
    rows = end.buffer()
    assert isinstance(rows, Data) and len(rows.value) == timedelta(days=1) / timedelta(minutes=15)


def test_a_single_attribute_that_ends_the_association() -> None:
    def ends(attributes: tuple[AttributeDescriptor, ...]) -> EplusError | None:
        return RemoteRefusal("exception") if attributes == (CLOCK,) else None

    recording = Odd(ends=ends).record()
    assert recording.answers[CLOCK] == Unanswered("refused")
    assert recording.profiles[PROFILE].selections() == Selections("kept", "kept")
    assert recording.bearable == 32


def test_many_such_attributes() -> None:
    recording = Odd(ends=lambda given: RemoteRefusal("no") if given[0].attribute == 3 else None).record()
    assert sum(isinstance(each, Unanswered) for each in recording.answers.values()) > 10


def test_a_meter_that_is_gone() -> None:
    with pytest.raises(NoAnswer):
        Odd(ends=lambda given: NoAnswer() if given != (OBJECT_LIST,) else None).record()
    with pytest.raises(LinkLost):
        Odd(ends=lambda _: LinkLost()).record()


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 31])
def test_the_largest_list_by_halving(limit: int) -> None:
    at = Odd(ends=lambda given: RemoteRefusal("no") if len(given) > limit else None)
    recording = at.record()
    assert (recording.bearable, recording.beyond) == (limit, "exception")
    lists = [request for request in at.requests if isinstance(request, Read) and len(request.attributes) > 1]
    assert len(lists) <= 6


def test_lists_that_are_not_granted_are_not_tried() -> None:
    at = Odd(recording=Recording(cerm1(), granted=Conformance.GET))
    at.record()
    assert all(len(request.attributes) == 1 for request in at.requests if isinstance(request, Read))
    assert not any(request.attributes[0].access for request in at.requests if isinstance(request, Read))


def test_without_a_list_the_models_own_objects() -> None:
    at = Odd(instead=lambda each: DataAccessResult.READ_WRITE_DENIED if each == OBJECT_LIST else None)
    recording = at.record()
    assert recording.answers[OBJECT_LIST] is DataAccessResult.READ_WRITE_DENIED
    assert CLOCK in recording.answers and PROFILE in recording.profiles
    assert set(recording.unknown) == {"object"}


def selecting(by_entry: Value | None, by_range: Value | None) -> Callable[[AttributeDescriptor], Value | None]:
    """A profile that answers selections like this."""
    answers = {1: by_range, 2: by_entry}
    return lambda each: answers[each.access.selector] if each.access and each.obis == PROFILE else None


def test_a_profile_that_is_selected_by_range_only() -> None:
    recording = Odd(instead=selecting(DataAccessResult.OTHER_REASON, None)).record()
    end = recording.profiles[PROFILE]
    assert end.selections() == Selections("kept", "other-reason")
    rows = end.buffer()
    assert isinstance(rows, Data) and 90 < len(rows.value) <= 97


def test_a_profile_that_ignores_the_selection() -> None:
    whole = sample().read(1, BUFFER)
    assert isinstance(whole, Data)
    end = Odd(instead=selecting(whole, whole)).record().profiles[PROFILE]
    assert end.selections() == Selections("ignored", "ignored")
    rows = end.buffer()
    assert isinstance(rows, Data) and rows.value == whole.value[-96:]


def test_a_long_profile_without_selection_is_not_read_as_a_whole() -> None:
    refused = DataAccessResult.OTHER_REASON
    at = Odd(instead=selecting(refused, refused))
    end = at.record().profiles[PROFILE]
    assert end.buffer() == Unanswered("not-read")
    assert Read((BUFFER,)) not in at.requests


def test_a_list_in_which_each_is_refused() -> None:
    class Refusing(Odd):
        def _answer(self, request: Any) -> Any:
            answer = super()._answer(request)
            if isinstance(request, Read) and len(request.attributes) > 4:
                return type(answer)((DataAccessResult.OTHER_REASON,) * len(request.attributes), LAST_ROW)
            return answer

    recording = Refusing().record()
    assert (recording.bearable, recording.beyond) == (4, "other-reason")
