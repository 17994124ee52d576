"""Meters that do what is allowed and seldom seen: they repeat, hang up, or send notifications unasked."""

import pytest

from agent.dlms import Closed, Data, Failed, GetResult, Opened, RowsEnd, Tag
from agent.dlms.acse.apdus import decode_aare
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.xdlms.initiate import Conformance, Initiate, decode_response
from agent.domain.errors import RemoteProtocolError, RemoteRefusal
from tests.dlms.conversation import new_conversation, register

CLIENT, METER = Address(16), Address(1)


def test_one_repeated_frame_does_not_double_all_that_follow() -> None:
    plain, repeated = new_conversation(), new_conversation()
    plain.reading(register(30))
    repeated._spoil = lambda number, data: data + data if number == 6 else data
    repeated.reading(register(30))
    assert sum("→ RR" in line for line in repeated.traces) == sum("→ RR" in line for line in plain.traces) > 5


def test_a_meter_that_left_by_itself_is_its_fault_and_close_still_works() -> None:
    line = new_conversation()
    assert isinstance(line.open(), Opened)
    line.client.receive(encode_frame(Frame(FrameKind.DM, CLIENT, METER)), line.now)
    failed = line.get(register(1))
    assert isinstance(failed, Failed) and isinstance(failed.error, RemoteProtocolError)
    assert isinstance(line.close(), Closed)
    assert isinstance(line.open(), Opened)


def test_closing_twice_is_closing_once() -> None:
    line = new_conversation()
    line.open()
    line.client.close(0.0, 10.0)
    line.client.close(0.0, 10.0)
    line.client.close(0.0, 10.0)
    assert isinstance(line.until_end(), Closed)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_notification_that_nobody_asked_for_is_passed_over(streamed: bool) -> None:
    """The meter says something of its own first, and the answer to the next poll."""
    line = new_conversation()
    line.open()
    if streamed:
        line.client.rows(register(30), 1, 0.0, 60.0)
    else:
        line.client.get([register(1)], 0.0, 60.0)
    line.client.data_to_send()
    event_notification = b"\xe6\xe7\x00\xc2\x00\x00\x03\x01\x00\x01\x08\x00\xff\x02\x00"
    line.client.receive(encode_frame(Frame(FrameKind.I, CLIENT, METER, 1, 2, information=event_notification)), 0.1)
    polls = list(Deframer().feed(line.client.data_to_send()))
    assert [(frame.kind, frame.nr) for frame in polls] == [(FrameKind.RR, 2)]
    content = b"\x01\x00" if streamed else b"\x11\x05"
    answer = b"\xe6\xe7\x00\xc4\x01\xc1\x00" + content
    line.client.receive(encode_frame(Frame(FrameKind.I, CLIENT, METER, 2, 2, information=answer)), 0.2)
    assert line.until_end() == (RowsEnd() if streamed else GetResult((Data(Tag.UNSIGNED, 5),)))


def test_an_answer_with_its_llc_header_twice() -> None:
    line = new_conversation()
    line.open()
    line.client.get([register(1)], 0.0, 60.0)
    line.client.data_to_send()
    answer = b"\xe6\xe7\x00" * 2 + b"\xc4\x01\xc1\x00\x11\x05"
    line.client.receive(encode_frame(Frame(FrameKind.I, CLIENT, METER, 1, 2, information=answer)), 0.1)
    assert line.until_end() == GetResult((Data(Tag.UNSIGNED, 5),))


# AAREs of real meters, from public reports: gurux.fi 19336 (its LLC header came twice), u9n/dlms-cosem 50 (PAFAL).
_GRANTED = "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000001002300007"
_SHORT_NAMES = "6129a109060760857405080102a203020100a305a103020100be10040e0800065f1f04001c03200080fa00"


def initiate_of(aare: str) -> Initiate:
    response = decode_aare(bytes.fromhex(aare))
    assert response.accepted
    return decode_response(response.user_information)


def test_what_a_real_meter_grants() -> None:
    assert Conformance.GET in initiate_of(_GRANTED).conformance


def test_the_tag_of_the_conformance_block_in_one_octet() -> None:
    shorter = _GRANTED.replace("6129", "6128").replace("be10040e", "be0f040d").replace("5f1f04", "5f04")
    assert initiate_of(shorter) == initiate_of(_GRANTED)


def test_a_meter_that_speaks_short_names_is_said() -> None:
    with pytest.raises(RemoteRefusal) as caught:
        initiate_of(_SHORT_NAMES)
    assert caught.value.code == "short-names"


@pytest.mark.parametrize("kind", [FrameKind.RR, FrameKind.I])
def test_a_meter_with_wrong_sequence_numbers_is_told_within_seconds(kind: FrameKind) -> None:
    """Its RR acknowledge what was never sent, or its answers never acknowledge the request."""
    line = new_conversation()
    line.open()
    line.client.get([register(1)], 0.0, 60.0)
    now, failed, answers = 0.0, None, 0
    while failed is None:
        if line.client.data_to_send():  # the meter counts every frame that it hears
            answers += 1
            wrong = Frame(FrameKind.RR, CLIENT, METER, nr=(1 + answers) % 8)
            if kind is FrameKind.I:
                content = b"\xe6\xe7\x00\xc4\x01\xc1\x00\x11\x05"
                wrong = Frame(FrameKind.I, CLIENT, METER, ns=answers % 8, nr=1, information=content)
            line.client.receive(encode_frame(wrong), now)
        elif (event := line.client.next_event()) is not None:
            failed = event if isinstance(event, Failed) else None
        else:
            now = line.client.next_timer() or now
            line.client.handle_timer(now)
    assert failed.error.code == "sequence-wrong"
    assert now < 5
