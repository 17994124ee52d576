"""Meters that grant lists and then do something else: every attribute is read right, or named as missing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Failed, GetResult, Opened, Tag
from agent.dlms.axdr.coding import encode
from agent.dlms.xdlms import get
from agent.dlms.xdlms.common import Result
from tests.dlms.conversation import Conversation, TestDevice, method, new_conversation, register

Quirk = Callable[[get.GetResponse], list[bytes]]
"""From the right answer to a list to the APDUs that this meter sends instead."""

MISSING = register(99)
UNDEFINED = DataAccessResult.OBJECT_UNDEFINED
EXCEPTION, SERVICE_ERROR = b"\xd8\x01\x02", b"\x0e\x01\x06\x01"


def values(*numbers: int) -> tuple[Result, ...]:
    return tuple(Data(Tag.DOUBLE_LONG_UNSIGNED, number) if number < 30 else UNDEFINED for number in numbers)


@dataclass
class ListMeter:
    """A meter that answers lists in its own way; `refused_alone` are refused by an exception in single requests."""

    quirk: Quirk
    refused_alone: set[int] = field(default_factory=set)
    line: Conversation = field(default_factory=new_conversation)
    lists: int = 0
    singles: int = 0

    def __post_init__(self) -> None:
        self.serve: Callable[[int, bytes], list[bytes]] = self.line.server.respond
        cast(Any, self.line.server._link)._answer = self._respond
        assert isinstance(self.line.open(), Opened)

    def _respond(self, client_sap: int, apdu: bytes) -> list[bytes]:
        if apdu[:1] != b"\xc0":
            return self.serve(client_sap, apdu)
        request = get.decode_request(apdu)
        assert isinstance(request, get.GetRequest)
        if request.as_list:
            self.lists += 1
            results = tuple(self._read(attribute) for attribute in request.attributes)
            return self.quirk(get.GetResponse(request.invoke_id, results, as_list=True))
        self.singles += 1
        if request.attributes[0].obis.e in self.refused_alone:
            return [EXCEPTION]
        return self.serve(client_sap, apdu)

    def _read(self, attribute: AttributeDescriptor) -> Result:
        return TestDevice().read(16, attribute)


def answer(response: get.GetResponse, *results: Result, as_list: bool = True, invoke_id: int | None = None) -> bytes:
    return get.encode_response(get.GetResponse(invoke_id or response.invoke_id, results, as_list))


def with_another_id(right: get.GetResponse) -> list[bytes]:
    return [answer(right, *right.results, invoke_id=right.invoke_id % 15 + 1)]


def refused_with(result: DataAccessResult, but: int = 0) -> Quirk:
    return lambda right: [answer(right, *right.results[:but], *[result] * (len(right.results) - but))]


def block_refused(right: get.GetResponse) -> list[bytes]:
    return [get.encode_response(get.GetBlockRefused(right.invoke_id, 1, DataAccessResult.OTHER_REASON))]


def always(apdu: bytes) -> Quirk:
    return lambda _: [apdu]


QUIRKS: dict[str, Quirk] = {
    "all refused": refused_with(DataAccessResult.READ_WRITE_DENIED),
    "all refused vaguely": refused_with(DataAccessResult.OTHER_REASON),
    "the rest refused vaguely": refused_with(DataAccessResult.TEMPORARY_FAILURE, but=1),
    "exception": always(EXCEPTION),
    "service error": always(SERVICE_ERROR),
    "short": lambda right: [answer(right, *right.results[:-1])],
    "empty": lambda right: [answer(right)],
    "one too many": lambda right: [answer(right, *right.results, UNDEFINED)],
    "a single result": lambda right: [answer(right, right.results[0], as_list=False)],
    "a single refusal": lambda right: [answer(right, UNDEFINED, as_list=False)],
    "another invoke id": with_another_id,
    "cut short": lambda right: [answer(right, *right.results)[:-2]],
    "another APDU": lambda right: [b"\xc5" + answer(right, *right.results)[1:]],
    "its data block refused": block_refused,
}


@pytest.mark.parametrize("name", QUIRKS)
def test_a_list_that_is_not_answered_is_read_one_by_one_and_never_asked_for_again(name: str) -> None:
    meter = ListMeter(QUIRKS[name])
    assert meter.line.get(register(1), register(2), MISSING) == GetResult(values(1, 2, 99))
    assert meter.line.get(register(3), MISSING, register(5)) == GetResult(values(3, 99, 5))
    assert meter.lists == 1


def test_one_value_that_fails_for_a_moment_is_no_fault_of_lists() -> None:
    meter = ListMeter(lambda right: [answer(right, DataAccessResult.TEMPORARY_FAILURE, *right.results[1:])])
    for _ in range(2):
        assert meter.line.get(register(1), register(2), MISSING) == GetResult(values(1, 2, 99))
    assert (meter.lists, meter.singles) == (2, 2)


def test_a_list_that_is_answered_costs_one_request() -> None:
    meter = ListMeter(lambda right: [get.encode_response(right)])
    for _ in range(3):
        assert meter.line.get(register(1), MISSING, register(2)) == GetResult(values(1, 99, 2))
    assert (meter.lists, meter.singles) == (3, 0)


def test_where_lists_are_answered_one_of_which_the_meter_has_nothing_is_believed() -> None:
    meter = ListMeter(lambda right: [get.encode_response(right)])
    meter.line.get(register(1), register(2))
    assert meter.line.get(MISSING, MISSING) == GetResult((UNDEFINED, UNDEFINED))
    assert meter.singles == 0


def test_a_meter_that_has_none_of_it_may_be_asked_in_lists_again() -> None:
    meter = ListMeter(lambda right: [get.encode_response(right)])
    assert meter.line.get(MISSING, MISSING) == GetResult((UNDEFINED, UNDEFINED))
    assert meter.line.get(register(1), register(2)) == GetResult(values(1, 2))
    assert (meter.lists, meter.singles) == (2, 2)


def test_a_single_request_that_is_refused_as_a_whole_costs_its_register_only() -> None:
    meter = ListMeter(QUIRKS["exception"], refused_alone={2})
    found = meter.line.get(register(1), register(2), register(3))
    assert found == GetResult((*values(1), DataAccessResult.OTHER_REASON, *values(3)))


def test_where_every_single_request_is_refused_as_a_whole_the_meters_words_are_told() -> None:
    meter = ListMeter(QUIRKS["exception"], refused_alone={1, 2})
    failed = meter.line.get(register(1), register(2))
    assert isinstance(failed, Failed) and "service-not-supported" in failed.error.detail
    assert meter.line.get(register(3)) == GetResult(values(3)), "the association still stands"


@pytest.mark.parametrize("count", [1, 3])
def test_the_late_answer_of_the_list_is_none_of_a_single_request(count: int) -> None:
    """The list is answered with another invoke id; its own answer comes before those of the next requests."""
    meter = ListMeter(with_another_id)
    late = [get.encode_response(get.GetResponse(1, (Data(Tag.UNSIGNED, 77),) * count, as_list=count > 1))]
    served = meter.serve
    meter.serve = lambda sap, apdu: [*([late.pop()] if late else []), *served(sap, apdu)]
    assert meter.line.get(register(1), register(2), register(3)) == GetResult(values(1, 2, 3))


def test_an_answer_with_a_foreign_invoke_id_is_no_answer() -> None:
    meter = ListMeter(QUIRKS["exception"])
    meter.serve = lambda _sap, _apdu: [b"\xc4\x01\xcd\x00" + encode(Data(Tag.UNSIGNED, 7))]
    failed = meter.line.get(register(1), register(2))
    assert isinstance(failed, Failed) and failed.error.code == "protocol-remote"


def test_changes_in_a_list_are_never_repeated() -> None:
    line = new_conversation()
    assert isinstance(line.open(), Opened)
    sent: list[bytes] = []

    def refuse(_client_sap: int, apdu: bytes) -> list[bytes]:
        sent.append(apdu)
        return [EXCEPTION]

    cast(Any, line.server._link)._answer = refuse
    value = Data(Tag.UNSIGNED, 1)
    assert isinstance(line.set((register(1), value), (register(2), value)), Failed)
    assert isinstance(line.act((method(1), value), (method(2), value)), Failed)
    assert len(sent) == 2


refusals = st.sampled_from(DataAccessResult)
numbers = st.lists(st.integers(0, 29), min_size=1, max_size=6)


@given(st.data(), st.lists(numbers, min_size=1, max_size=4), st.sets(st.integers(0, 29), max_size=4))
def test_every_register_comes_right_or_is_named_as_missing(
    draw: st.DataObject, wanted: list[list[int]], refused_alone: set[int]
) -> None:
    def quirk(right: get.GetResponse) -> list[bytes]:
        name = draw.draw(st.sampled_from([*QUIRKS, "right", "some refused"]))
        if name == "right":
            return [get.encode_response(right)]
        if name == "some refused":
            return [
                answer(right, *(draw.draw(st.sampled_from([result, draw.draw(refusals)])) for result in right.results))
            ]
        return QUIRKS[name](right)

    meter = ListMeter(quirk, refused_alone)
    for group in wanted:
        found = meter.line.get(*map(register, group))
        if isinstance(found, Failed):
            assert set(group) <= refused_alone, found.error
            continue
        assert isinstance(found, GetResult) and len(found.values) == len(group)
        for number, value in zip(group, found.values, strict=True):
            assert value in values(number) or isinstance(value, DataAccessResult)
