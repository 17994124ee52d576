"""Client and server against each other: whole sessions, spoiled lines, deadlines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.dlms import (
    AssociationSettings,
    Closed,
    Data,
    DataAccessResult,
    Failed,
    GetResult,
    Mechanism,
    ServerSettings,
    Tag,
)
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import LocalProtocolError, NoAnswer, RemoteProtocolError
from tests.dlms.conversation import TestDevice, new_client, new_conversation, register

SIZES = [(128, 1024), (128, 65535), (32, 300), (2030, 65535)]
NUMBERS = tuple(register(number) for number in (0, 7, 3))
LONG_TEXT = Data(Tag.OCTET_STRING, bytes(range(256)) * 8)


@pytest.mark.parametrize(("max_info", "max_pdu"), SIZES)
def test_reading_with_every_size(max_info: int, max_pdu: int) -> None:
    conversation = new_conversation(
        client=AssociationSettings(max_info=max_info, max_pdu=max_pdu), server=ServerSettings(max_info=max_info)
    )
    result = conversation.reading(*NUMBERS, register(30), register(99))
    assert [value.value for value in result.values[:3] if isinstance(value, Data)] == [0, 7, 3]
    assert result.values[3] == LONG_TEXT
    assert result.values[4] is DataAccessResult.OBJECT_UNDEFINED


@pytest.mark.parametrize(("max_info", "max_pdu"), SIZES)
def test_one_long_value_in_blocks_and_segments(max_info: int, max_pdu: int) -> None:
    conversation = new_conversation(
        client=AssociationSettings(max_info=max_info, max_pdu=max_pdu), server=ServerSettings(max_info=2030)
    )
    assert conversation.reading(register(30)).values == (LONG_TEXT,)


def test_attributes_go_one_by_one_where_the_meter_takes_no_list() -> None:
    conversation = new_conversation(server=ServerSettings(conformance=Conformance.GET))
    assert len(conversation.reading(*NUMBERS).values) == 3
    assert sum("→ GET" in line for line in conversation.traces) == 3


def test_attributes_go_together_where_it_does() -> None:
    conversation = new_conversation()
    conversation.reading(*NUMBERS)
    assert sum("→ GET" in line for line in conversation.traces) == 1


def test_a_long_list_is_cut_to_the_meters_pdu() -> None:
    conversation = new_conversation(server=ServerSettings(max_pdu=100))
    attributes = [register(number % 30) for number in range(40)]
    result = conversation.reading(*attributes)
    assert [value.value for value in result.values if isinstance(value, Data)] == [n % 30 for n in range(40)]


@pytest.mark.parametrize("address_size", [2, 4])
def test_physical_address(address_size: int) -> None:
    client = AssociationSettings(physical=17, address_size=4 if address_size == 4 else 2)
    assert len(new_conversation(client=client, server=ServerSettings(physical=17)).reading(register(5)).values) == 1
    failed = new_conversation(client=client, server=ServerSettings(physical=18)).open()
    assert isinstance(failed, Failed) and isinstance(failed.error, NoAnswer)


ONE_READING = 12
"""Transmissions of the session below, without loss, at least."""


@pytest.mark.parametrize("lost", range(1, ONE_READING + 20))
@pytest.mark.parametrize("how", ["lost", "corrupted", "cut", "garbage before", "echo"])
def test_one_spoiled_frame_anywhere_does_no_harm(lost: int, how: str) -> None:
    def spoil(number: int, data: bytes) -> bytes:
        if number != lost:
            return data
        if how == "corrupted":
            return data[:5] + bytes((data[5] ^ 0x40,)) + data[6:]
        return {"lost": b"", "cut": data[:-4], "garbage before": b"\x7e\xa0\x00/" + data, "echo": data + data}[how]

    conversation = new_conversation(spoil, client=AssociationSettings(max_pdu=200))
    result = conversation.reading(*NUMBERS, register(30))
    assert conversation.transmissions > ONE_READING
    assert result.values[3] == LONG_TEXT
    device = conversation.server._device
    assert isinstance(device, TestDevice)
    assert len(device.reads) == 4, "nothing was executed twice"


def test_own_echo_is_skipped() -> None:
    conversation = new_conversation()
    heard: list[bytes] = []

    def echoing(number: int, data: bytes) -> bytes:
        if number % 2:
            heard[:] = [data]
            return data
        return heard[0] + data

    conversation._spoil = echoing
    conversation.client = new_client(AssociationSettings(client_sap=1, mechanism=Mechanism.LLS, secret=b"secret"))
    assert len(conversation.reading(register(30)).values) == 1


def test_silence_and_garbage_are_told_apart() -> None:
    silent = new_conversation(lambda _, __: b"").open()
    assert isinstance(silent, Failed) and silent.error.code == "no-answer"
    noisy = new_conversation(lambda number, data: b"" if number % 2 else b"\x00\x7e\x12" + data[:3])
    noisy.client.open(0.0, 60.0)
    noisy.client.data_to_send()
    noisy.client.receive(b"\x00\x7e\x12garbage", 0.1)
    failed = noisy.until_end()
    assert isinstance(failed, Failed) and failed.error.code == "garbage-answer"


def test_deadline_ends_everything() -> None:
    conversation = new_conversation(lambda _, __: b"")
    conversation.client.open(0.0, 1.0)
    failed = conversation.until_end()
    assert isinstance(failed, Failed)
    assert conversation.now == 1.0
    assert conversation.client.next_timer() is None


def test_close_is_reachable_from_everywhere() -> None:
    conversation = new_conversation()
    assert isinstance(conversation.close(), Closed)
    dead = new_conversation(lambda _, __: b"")
    dead.open()
    assert isinstance(dead.close(), Closed)
    conversation.open()
    conversation._spoil = lambda _, __: b""
    assert isinstance(conversation.get(register(1)), Failed)
    assert isinstance(conversation.close(), Closed)


def test_no_reading_without_association() -> None:
    conversation = new_conversation()
    with pytest.raises(LocalProtocolError):
        conversation.get(register(1))


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.1, 0.3]))
@settings(max_examples=60, deadline=None)
def test_bad_lines_end_well_or_with_a_documented_error(seed: int, share: float) -> None:
    import random

    dice = random.Random(seed)

    def spoil(_: int, data: bytes) -> bytes:
        if dice.random() > share:
            return data
        at = dice.randrange(len(data))
        return dice.choice([b"", data[:at], data[:at] + dice.randbytes(3) + data[at + 3 :], data + data])

    conversation = new_conversation(spoil, client=AssociationSettings(max_pdu=300))
    outcome = conversation.open()
    if not isinstance(outcome, Failed):
        outcome = conversation.get(*NUMBERS, register(30))
    if isinstance(outcome, GetResult):
        assert outcome.values[3] == LONG_TEXT
    elif isinstance(outcome, Failed):
        assert isinstance(outcome.error, RemoteProtocolError)
    assert isinstance(conversation.close(), Closed)
