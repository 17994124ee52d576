"""Meters behind a gateway, over HDLC and in the TCP wrapper."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AssociationSettings, Closed, Data, Failed, GetResult, Opened, RowsEnd, ServerSettings, Tag
from agent.dlms.wrapper.gateway import (
    LONGEST_HEADER,
    REQUEST,
    RESPONSE,
    GatewayHeader,
    encode_gateway_header,
    split_header,
)
from agent.domain.errors import EplusError, LocalProtocolError
from agent.domain.transport import GatewayAddress, Transport
from agent.simulator.gateway import GatewaySession
from tests.dlms.conversation import Conversation, TestDevice, new_client, new_server, register
from tests.dlms.wrapper.test_header import wrapped

NEAR, FAR, UNKNOWN = GatewayAddress(0, b"\xa1"), GatewayAddress(3, b"x" * 255), GatewayAddress(3, b"\xa1")
VALUES = {None: 1, NEAR: 2, FAR: 3}
TRANSPORTS = pytest.mark.parametrize("wrapper", [False, True], ids=["HDLC", "wrapper"])
ADDRESSES = st.builds(GatewayAddress, st.integers(0, 255), st.binary(max_size=255))


def at_gateway(
    address: GatewayAddress | None, wrapper: bool, max_info: int = 128, change: Callable[[bytes], bytes] = bytes
) -> Conversation:
    """Register 1 of the gateway's own meter and of those behind it tells which is which."""
    settings = ServerSettings(wrapper=wrapper, max_info=max_info, max_pdu=65535)
    own, near, far = (
        new_server(settings, TestDevice(values={1: Data(Tag.UNSIGNED, value)})) for value in VALUES.values()
    )
    gateway: Any = GatewaySession(settings, own, {NEAR: near, FAR: far})
    client = new_client(AssociationSettings(max_info=max_info, transport=Transport(wrapper, address)))
    return Conversation(client, gateway, lambda number, data: data if number % 2 else change(data))


@given(st.sampled_from([REQUEST, RESPONSE]), ADDRESSES, st.binary(max_size=20))
def test_a_header_and_what_follows_it(kind: int, address: GatewayAddress, rest: bytes) -> None:
    header = GatewayHeader(kind, address)
    octets = encode_gateway_header(header)
    assert split_header(octets + rest) == (header, rest)
    assert all(split_header(octets[:length]) is None for length in range(len(octets)))


def test_its_octets() -> None:
    assert encode_gateway_header(GatewayHeader(REQUEST, GatewayAddress(2, b"\xab\xcd"))).hex() == "e60202abcd"
    for address in (GatewayAddress(256, b"a"), GatewayAddress(0, bytes(256))):
        with pytest.raises(LocalProtocolError):
            encode_gateway_header(GatewayHeader(REQUEST, address))


@TRANSPORTS
@pytest.mark.parametrize("address", [None, NEAR, FAR], ids=["itself", "near", "far"])
@pytest.mark.parametrize("max_info", [32, 128, 2030])
def test_each_meter_by_its_address(wrapper: bool, address: GatewayAddress | None, max_info: int) -> None:
    talk = at_gateway(address, wrapper, max_info)
    long = Data(Tag.OCTET_STRING, bytes(range(256)) * 8)
    assert talk.reading(register(1), register(30)).values == (Data(Tag.UNSIGNED, VALUES[address]), long)


@TRANSPORTS
def test_rows_from_behind(wrapper: bool) -> None:
    talk = at_gateway(FAR, wrapper, 32)
    assert isinstance(talk.open(), Opened)
    assert isinstance(talk.read_rows(register(1), 2), Failed), "no profile"
    talk = at_gateway(FAR, wrapper, 32)
    rows = [Data(Tag.STRUCTURE, [Data(Tag.DOUBLE_LONG_UNSIGNED, each), Data(Tag.UNSIGNED, 1)]) for each in range(200)]
    gateway: Any = talk.server
    gateway._behind[FAR]._device.values[20] = Data(Tag.ARRAY, rows)
    assert isinstance(talk.open(), Opened)
    assert talk.read_rows(register(20), 2) == RowsEnd() and len(talk.rows) == 200
    assert isinstance(talk.close(), Closed)


@TRANSPORTS
def test_an_address_that_the_gateway_does_not_know_is_not_answered(wrapper: bool) -> None:
    talk = at_gateway(UNKNOWN, wrapper)
    event = talk.open()
    assert isinstance(event, Failed) and event.error.code in ("no-answer", "answer-missing")
    assert isinstance(talk.close(), Closed)


def waiting(address: GatewayAddress = NEAR) -> Conversation:
    talk = at_gateway(address, wrapper=True)
    assert isinstance(talk.open(), Opened)
    talk.client.get([register(1)], talk.now, talk.now + 60)
    talk.client.data_to_send()
    return talk


def answer(value: int, address: GatewayAddress, kind: int = RESPONSE) -> bytes:
    return wrapped(encode_gateway_header(GatewayHeader(kind, address)) + bytes((0xC4, 1, 0xC1, 0, 17, value)))


@pytest.mark.parametrize(
    "foreign",
    [
        answer(9, FAR),
        answer(9, UNKNOWN),
        answer(9, NEAR, REQUEST),
        wrapped(bytes((0xC4, 1, 0xC1, 0, 17, 9))),
        wrapped(b"\xe7\x00\x05\xa1"),
    ],
    ids=["another device", "another network", "a request", "no header", "half a header"],
)
def test_what_is_not_of_that_device_is_set_aside(foreign: bytes) -> None:
    talk = waiting()
    talk.client.receive(foreign + answer(2, NEAR), talk.now)
    assert talk.until_end() == GetResult((Data(Tag.UNSIGNED, 2),))
    assert "← not of the device behind the gateway: set aside" in talk.traces
    talk = waiting()
    talk.client.receive(foreign, talk.now)
    event = talk.until_end()
    assert isinstance(event, Failed) and event.error.code == "answer-elsewhere"


def test_over_hdlc_the_answer_is_awaited_too() -> None:
    """Once what is set aside has ended, the meter is polled for more."""
    talk = at_gateway(NEAR, wrapper=False)
    gateway: Any = talk.server
    respond, foreign = gateway._link._answer, answer(9, UNKNOWN)[8:]
    gateway._link._answer = lambda sap, apdu: [foreign, *respond(sap, apdu)]
    assert isinstance(talk.open(), Opened)
    assert talk.get(register(1)) == GetResult((Data(Tag.UNSIGNED, 2),))


def test_a_gateway_refuses_for_itself() -> None:
    talk = waiting()
    talk.client.receive(wrapped(b"\xd8\x01\x02"), talk.now)
    event = talk.until_end()
    assert isinstance(event, Failed) and isinstance(event.error, EplusError) and event.error.code == "refused"


def test_the_header_comes_in_small_pieces() -> None:
    talk = waiting(FAR)
    for octet in answer(3, FAR):
        talk.client.receive(bytes((octet,)), talk.now)
    assert talk.until_end() == GetResult((Data(Tag.UNSIGNED, 3),))
    assert len(answer(3, FAR)) == 8 + LONGEST_HEADER + 6
