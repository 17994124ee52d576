"""Whole sessions in the TCP wrapper: the same services as over HDLC, and what can go wrong on a socket."""

from typing import Any

import pytest

from agent.dlms import (
    ActionResults,
    AssociationSettings,
    Closed,
    Conformance,
    Data,
    Failed,
    GetResult,
    Mechanism,
    Opened,
    RowsEnd,
    ServerSettings,
    SetResult,
    Tag,
)
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import EplusError
from agent.domain.transport import Transport
from tests.dlms.conversation import Conversation, TestDevice, method, new_client, new_conversation, register
from tests.dlms.wrapper.test_header import wrapped

WRAPPED = AssociationSettings(transport=Transport(wrapper=True))
METER = ServerSettings(wrapper=True)
SIZES = [(65535, SERVICES), (200, SERVICES), (200, SERVICES | Conformance.GENERAL_BLOCK_TRANSFER)]


def conversation(client: AssociationSettings = WRAPPED, server: ServerSettings = METER, **others: Any) -> Conversation:
    return new_conversation(client=client, server=server, **others)


def waiting(client: AssociationSettings = WRAPPED) -> Conversation:
    """Associated, with a GET of register 1 sent and not answered; its server is no more asked."""
    talk = conversation(client)
    assert isinstance(talk.open(), Opened)
    talk.client.get([register(1)], talk.now, talk.now + 60)
    assert talk.client.data_to_send()
    return talk


def outcome(talk: Conversation) -> Any:
    """What the operation under way ended with."""
    event = talk.until_end()
    return event.error if isinstance(event, Failed) else event


ANSWER = bytes.fromhex("c401c100 0600000001")
"""The value of register 1, as answer to the first request of an association."""


def test_nothing_but_wrapped_apdus_is_said() -> None:
    seen: list[bytes] = []

    def note(_number: int, data: bytes) -> bytes:
        seen.append(data)
        return data

    talk = new_conversation(note, WRAPPED, METER)
    assert talk.reading(register(7)).values == (Data(Tag.DOUBLE_LONG_UNSIGNED, 7),)
    assert [octets[:6].hex() for octets in seen] == ["000100100001", "000100010010"] * 3
    tags = [octets[8] for octets in seen]
    assert tags == [0x60, 0x61, 0xC0, 0xC4, 0x62, 0x63], "AARQ, GET and RLRQ: no SNRM, no DISC"
    assert talk.now == 0.0, "nothing was waited for"
    assert talk.traces[0].startswith("→ AARQ") and "→ WPDU 16→1 31 octets" in talk.traces


@pytest.mark.parametrize(("size", "services"), SIZES, ids=["one APDU", "blocks", "general blocks"])
def test_long_values_both_ways(size: int, services: Conformance) -> None:
    client = AssociationSettings(
        1, mechanism=Mechanism.LLS, secret=b"secret", max_pdu=size, conformance=services, transport=WRAPPED.transport
    )
    talk = conversation(client, ServerSettings(wrapper=True, max_pdu=size, conformance=services))
    long = Data(Tag.OCTET_STRING, bytes(range(256)) * 8)
    assert isinstance(talk.open(), Opened)
    assert talk.get(register(30), register(2)) == GetResult((long, Data(Tag.DOUBLE_LONG_UNSIGNED, 2)))
    assert isinstance(written := talk.set((register(3), long)), SetResult) and not any(written.results)
    assert isinstance(invoked := talk.act((method(1), long)), ActionResults) and invoked.replies[0].returned == long
    assert talk.get(register(3)) == GetResult((long,))
    assert isinstance(talk.close(), Closed)


@pytest.mark.parametrize("octets", [1, 3, 8, 9, 1000])
def test_rows_come_while_the_answer_does(octets: int) -> None:
    """A profile in one APDU: rows are handed on before its end, however small TCP's pieces are."""
    rows = [Data(Tag.STRUCTURE, [Data(Tag.DOUBLE_LONG_UNSIGNED, each), Data(Tag.UNSIGNED, 1)]) for each in range(500)]
    talk = conversation(device=TestDevice(values={20: Data(Tag.ARRAY, rows)}))
    assert isinstance(talk.open(), Opened)
    talk.client.rows(register(20), 2, talk.now, talk.now + 60)
    talk.server.receive(talk.client.data_to_send(), talk.now)
    answer = talk.server.data_to_send()
    talk.client.receive(answer[:2000], talk.now)
    assert isinstance(event := first_event(talk), tuple) and len(event) > 100, "before the end has come"
    for at in range(2000, len(answer), octets):
        talk.client.receive(answer[at : at + octets], talk.now)
    assert isinstance(talk.until_end(), RowsEnd)
    assert len(event) + len(talk.rows) == 500


def first_event(talk: Conversation) -> Any:
    while (event := talk.client.next_event()) is not None:
        if hasattr(event, "rows"):
            return event.rows
    return None


@pytest.mark.parametrize(
    ("source", "destination", "why"),
    [(2, 16, "another server"), (1, 17, "another client"), (16, 1, "our own, returned")],
)
def test_what_is_of_or_for_another_port_is_set_aside_and_the_answer_awaited(
    source: int, destination: int, why: str
) -> None:
    talk = waiting()
    foreign = bytes.fromhex("c401c100 06000000ff")
    talk.client.receive(wrapped(foreign, source, destination) + wrapped(ANSWER), talk.now)
    assert outcome(talk) == GetResult((Data(Tag.DOUBLE_LONG_UNSIGNED, 1),)), why
    assert f"← WPDU {source}→{destination} 9 octets: set aside" in talk.traces


def test_an_empty_apdu_and_a_notification_are_passed_over() -> None:
    talk = waiting()
    talk.client.receive(wrapped(b"") + wrapped(b"\x0f\0\0\0\1\0\0") + wrapped(ANSWER), talk.now)
    assert outcome(talk) == GetResult((Data(Tag.DOUBLE_LONG_UNSIGNED, 1),))


def test_a_notification_that_is_cut_by_our_next_request() -> None:
    """Its end comes before the answer, and is not taken for it."""
    talk = conversation()
    assert isinstance(talk.open(), Opened)
    pushed = wrapped(b"\x0f\0\0\0\1\0" + bytes(100))
    talk.client.receive(pushed[:50], talk.now)
    talk.client.get([register(1)], talk.now, talk.now + 60)
    talk.client.receive(pushed[50:] + wrapped(ANSWER), talk.now)
    assert outcome(talk) == GetResult((Data(Tag.DOUBLE_LONG_UNSIGNED, 1),))


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("", "no-answer"),
        ("00", "answer-unfinished"),
        ("0001 0001 0010 ffff c401c1", "answer-unfinished"),
        ("0001 0001 0010 0009 c401c1", "answer-unfinished"),
        ("0001 0002 0010 0001 c4", "answer-elsewhere"),
        ("0001 0001 0010 0000", "answer-elsewhere"),
        ("7ea00a", "wrapper-version"),
        ("0002 0001 0010 0009", "wrapper-version"),
        ("0001 0001 0010 0001 c4", "malformed-data"),
    ],
)
def test_what_is_no_answer_is_told_as_what_it_is(octets: str, code: str) -> None:
    talk = waiting()
    talk.client.receive(bytes.fromhex(octets), talk.now)
    error = outcome(talk)
    assert isinstance(error, EplusError) and error.code == code
    assert talk.now in (0.0, 60.0), "at once, or at the deadline"
    assert isinstance(talk.close(), Closed)


@pytest.mark.parametrize("behind", ["7ea0", "0003"])
def test_what_is_wrong_right_behind_an_answer_is_told_too(behind: str) -> None:
    """The next block is not asked for any more, and nobody calls that our fault."""
    talk = waiting()
    block = bytes.fromhex("c402c1 00 00000001 00 02 0904")
    talk.client.receive(wrapped(block) + bytes.fromhex(behind), talk.now)
    error = outcome(talk)
    assert isinstance(error, EplusError) and error.code == "wrapper-version"


def test_a_longer_answer_than_was_agreed_is_read_all_the_same() -> None:
    talk = waiting(AssociationSettings(max_pdu=100, transport=WRAPPED.transport))
    talk.client.receive(wrapped(bytes.fromhex("c401c100 0982012c") + bytes(300)), talk.now)
    assert outcome(talk) == GetResult((Data(Tag.OCTET_STRING, bytes(300)),))


def test_a_meter_that_does_not_answer_the_release() -> None:
    talk = conversation()
    assert isinstance(talk.open(), Opened)
    talk.client.close(talk.now, talk.now + 3)
    assert talk.client.data_to_send()[8] == 0x62
    assert isinstance(talk.until_end(), Closed) and talk.now == 3.0


def test_a_session_that_was_closed_is_opened_again() -> None:
    talk = conversation()
    for _ in range(2):
        talk.reading(register(1))


def test_a_meter_serves_no_client_under_the_association_of_another() -> None:
    talk = conversation(AssociationSettings(1, mechanism=Mechanism.LLS, secret=b"secret", transport=WRAPPED.transport))
    assert isinstance(talk.open(), Opened)
    get = bytes.fromhex("c001c1 0003 0100010801ff 02 00")
    talk.server.receive(wrapped(get, source=16, destination=1), 0.0)
    assert talk.server.data_to_send()[8] == 0xD8, "an exception"


def test_a_meter_answers_neither_another_version_nor_another_port_nor_nothing() -> None:
    talk = conversation()
    talk.server.receive(wrapped(b"\x60", 16, 2) + wrapped(b"", 16, 1), 0.0)
    assert talk.server.data_to_send() == b"" and talk.server.is_connected
    talk.server.receive(b"\x7e\xa0", 0.0)
    assert not talk.server.is_connected
    talk.client.open(0.0, 60.0)
    talk.server.receive(talk.client.data_to_send(), 0.0)
    assert talk.server.data_to_send() == b"", "where an APDU begins is not known any more"


def test_a_client_without_limit_gets_what_the_wrapper_can_carry() -> None:
    device = TestDevice(values={5: Data(Tag.OCTET_STRING, bytes(100_000))})
    talk = conversation(AssociationSettings(max_pdu=0, transport=WRAPPED.transport), device=device)
    assert talk.reading(register(5)).values == (Data(Tag.OCTET_STRING, bytes(100_000)),)


def test_a_client_that_is_not_connected_sends_nothing() -> None:
    client = new_client(WRAPPED)
    client.close(0.0, 1.0)
    assert isinstance(client.next_event(), Closed) and client.data_to_send() == b""
