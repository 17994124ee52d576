"""Meters that do what is allowed and seldom seen: slow, refusing, gone, asked with the lowest security by name."""

import pytest

from agent.dlms import (
    AssociationSettings,
    Closed,
    Data,
    Failed,
    GetResult,
    Mechanism,
    Opened,
    RowsEnd,
    ServerSettings,
    Tag,
)
from agent.dlms.acse import apdus as acse
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import decode_parameters
from agent.dlms.xdlms.exception import refusal
from agent.domain.errors import AssociationRefused, LocalProtocolError, MalformedData, RemoteProtocolError
from tests.dlms.conversation import Conversation, new_client, new_server, register

CLIENT, METER = Address(16), Address(1)


def talk(client: AssociationSettings | None = None, server: ServerSettings | None = None) -> Conversation:
    return Conversation(new_client(client), new_server(server))


def says(frame: Frame) -> bytes:
    return encode_frame(frame)


def test_one_repeated_frame_does_not_double_all_that_follow() -> None:
    plain, repeated = talk(), talk()
    plain.reading(register(30))
    repeated._spoil = lambda number, data: data + data if number == 6 else data
    repeated.reading(register(30))
    assert sum("→ RR" in line for line in repeated.traces) == sum("→ RR" in line for line in plain.traces) > 5


@pytest.mark.parametrize(
    ("apdu", "words"),
    [
        ("d80101", "exception service-not-allowed operation-not-possible"),
        ("0e010600", "confirmed-service-error 010600"),
    ],
)
def test_association_refused_as_a_whole(apdu: str, words: str) -> None:
    session = new_client()
    session.open(0.0, 10.0)
    session.receive(says(Frame(FrameKind.UA, CLIENT, METER)), 0.1)
    session.receive(
        says(Frame(FrameKind.I, CLIENT, METER, nr=1, information=b"\xe6\xe7\x00" + bytes.fromhex(apdu))), 0.2
    )
    failed = [event for event in iter(session.next_event, None) if isinstance(event, Failed)]
    assert len(failed) == 1
    assert isinstance(failed[0].error, AssociationRefused)
    assert failed[0].error.params["diagnostic"] == words


@pytest.mark.parametrize("apdu", ["", "d8", "d801", "0e01"])
def test_a_refusal_cut_short_is_malformed(apdu: str) -> None:
    with pytest.raises(MalformedData):
        refusal(bytes.fromhex(apdu))


def test_a_meter_that_left_by_itself_is_its_fault_and_close_still_works() -> None:
    line = talk()
    assert isinstance(line.open(), Opened)
    line.client.receive(says(Frame(FrameKind.DM, CLIENT, METER)), line.now)
    failed = line.get(register(1))
    assert isinstance(failed, Failed) and isinstance(failed.error, RemoteProtocolError)
    assert isinstance(line.close(), Closed)
    assert isinstance(line.open(), Opened)


def test_closing_twice_is_closing_once() -> None:
    line = talk()
    line.open()
    line.client.close(0.0, 10.0)
    line.client.close(0.0, 10.0)
    line.client.close(0.0, 10.0)
    assert isinstance(line.until_end(), Closed)


def test_ua_names_smaller_sizes_even_if_snrm_named_none() -> None:
    server = new_server(ServerSettings(max_info=64))
    server.receive(says(Frame(FrameKind.SNRM, METER, CLIENT)), 0.0)
    (ua,) = Deframer().feed(server.data_to_send())
    assert ua.kind is FrameKind.UA
    assert decode_parameters(ua.information).receive_info == 64
    values = talk(server=ServerSettings(max_info=64)).reading(register(30)).values
    assert isinstance(values[0], Data) and len(values[0].value) == 2048


def test_lowest_security_by_name_is_none() -> None:
    aarq = acse.encode_aarq(acse.AssociationRequest(Mechanism.NONE, False, None, None, b"\x01"))
    named = bytes.fromhex("8b0760857405080200")
    request = acse.decode_aarq(aarq[:1] + bytes((aarq[1] + len(named),)) + aarq[2:] + named)
    assert request.mechanism is Mechanism.NONE


@pytest.mark.parametrize(("max_info", "max_pdu"), [(31, 1024), (2031, 1024), (128, 65536), (128, -1)])
def test_sizes_out_of_range_are_our_fault_at_once(max_info: int, max_pdu: int) -> None:
    with pytest.raises(LocalProtocolError):
        AssociationSettings(max_info=max_info, max_pdu=max_pdu)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_notification_that_nobody_asked_for_is_passed_over(streamed: bool) -> None:
    """The meter says something of its own first, and the answer to the next poll."""
    line = talk()
    line.open()
    if streamed:
        line.client.rows(register(30), 1, 0.0, 60.0)
    else:
        line.client.get([register(1)], 0.0, 60.0)
    line.client.data_to_send()
    event_notification = b"\xe6\xe7\x00\xc2\x00\x00\x03\x01\x00\x01\x08\x00\xff\x02\x00"
    line.client.receive(says(Frame(FrameKind.I, CLIENT, METER, 1, 2, information=event_notification)), 0.1)
    polls = list(Deframer().feed(line.client.data_to_send()))
    assert [(frame.kind, frame.nr) for frame in polls] == [(FrameKind.RR, 2)]
    content = b"\x01\x00" if streamed else b"\x11\x05"
    answer = b"\xe6\xe7\x00\xc4\x01\xc1\x00" + content
    line.client.receive(says(Frame(FrameKind.I, CLIENT, METER, 2, 2, information=answer)), 0.2)
    assert line.until_end() == (RowsEnd() if streamed else GetResult((Data(Tag.UNSIGNED, 5),)))
