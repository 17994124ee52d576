"""Every state of both ends with everything that can happen in it, and frames that meters seldom send."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.client import ClientLink
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.events import (
    LLC_COMMAND,
    LLC_RESPONSE,
    LinkDown,
    LinkEvent,
    LinkFailed,
    LinkTimes,
    LinkUp,
    SegmentReceived,
)
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters, encode_parameters
from agent.dlms.hdlc.server import ServerLink
from agent.dlms.hdlc.states import CLIENT, SERVER, HdlcState, Input
from agent.domain.errors import LocalProtocolError, NoAnswer, RemoteProtocolError

HERE, METER = Address(16), Address(1)
ANSWER = LLC_RESPONSE + b"\xc4\x01\xc1\x00\x11\x05"
UA = Frame(FrameKind.UA, HERE, METER, information=encode_parameters(LinkParameters(128, 128, 7, 7)))


KNOWN = [kind for kind in FrameKind if kind is not FrameKind.UNKNOWN]
NUMBERS, BOOLEANS = st.integers(0, 7), st.booleans()


def client(window: int = 7, retries: int = 5) -> ClientLink:
    own = LinkParameters(128, 128, window, window)
    return ClientLink(HERE, METER, own, LinkTimes(retries=retries), lambda _direction, _text: None)


def client_in(state: HdlcState) -> ClientLink:
    link = client()
    if state is not HdlcState.DISCONNECTED:
        link.connect(0.0)
    if state in (HdlcState.CONNECTED, HdlcState.DISCONNECTING):
        link.receive(encode_frame(UA), 0.1)
        link.send(b"\xc0", 0.2)
    if state is HdlcState.DISCONNECTING:
        link.disconnect(0.3)
    link.data_to_send()
    assert link.state is state
    return link


def server_in(state: HdlcState) -> ServerLink:
    link = ServerLink(1, 0, LinkParameters(), 1.0, lambda _sap, apdu: [apdu], lambda: None)
    if state is HdlcState.CONNECTED:
        link.receive(encode_frame(Frame(FrameKind.SNRM, METER, HERE)), 0.0)
        link.data_to_send()
    assert link.state is state
    return link


def sent(link: ClientLink | ServerLink) -> list[Frame]:
    return list(Deframer().feed(link.data_to_send()))


def events(link: ClientLink) -> list[LinkEvent]:
    return list(iter(link.next_event, None))


ACTS: dict[Input, Callable[[ClientLink], None]] = {
    Input.CONNECT: lambda link: link.connect(1.0),
    Input.DISCONNECT: lambda link: link.disconnect(1.0),
    Input.GIVE_UP: lambda link: link.give_up(1.0),
}


@pytest.mark.parametrize("state", HdlcState)
@pytest.mark.parametrize("what", Input)
def test_what_the_layer_above_does_in_every_state(state: HdlcState, what: Input) -> None:
    link = client_in(state)
    following = CLIENT.get((state, what))
    if following is None and what is not Input.GIVE_UP:
        with pytest.raises(LocalProtocolError):
            ACTS[what](link)
        assert link.state is state
        return
    ACTS[what](link)
    assert link.state is (following or state)


@pytest.mark.parametrize("state", HdlcState)
@pytest.mark.parametrize("kind", KNOWN)
@given(ns=NUMBERS, nr=NUMBERS, final=BOOLEANS, segmented=BOOLEANS, content=st.binary(max_size=40))
def test_every_frame_in_every_state_of_the_client(
    state: HdlcState, kind: FrameKind, ns: int, nr: int, final: bool, segmented: bool, content: bytes
) -> None:
    link = client_in(state)
    link.receive(encode_frame(Frame(kind, HERE, METER, ns, nr, final, content, segmented)), 1.0)
    following = CLIENT.get((state, kind), state)
    failed = [event for event in events(link) if isinstance(event, LinkFailed)]
    assert link.state is following or (failed and link.state is HdlcState.DISCONNECTED)
    assert all(isinstance(event.error, RemoteProtocolError) for event in failed)
    link.disconnect(2.0)
    assert sent(link)[-1].kind is FrameKind.DISC, "always reachable"


@pytest.mark.parametrize("state", [HdlcState.DISCONNECTED, HdlcState.CONNECTED])
@pytest.mark.parametrize("kind", KNOWN)
@given(ns=NUMBERS, nr=NUMBERS, final=BOOLEANS, segmented=BOOLEANS, content=st.binary(max_size=200))
def test_every_frame_in_every_state_of_the_server(
    state: HdlcState, kind: FrameKind, ns: int, nr: int, final: bool, segmented: bool, content: bytes
) -> None:
    link = server_in(state)
    link.receive(encode_frame(Frame(kind, METER, HERE, ns, nr, final, content, segmented)), 1.0)
    answers = sent(link)
    broken = answers and answers[-1].kind in (FrameKind.FRMR, FrameKind.DM)
    assert link.state in (SERVER.get((state, kind), state), state) or broken
    if answers:
        assert answers[-1].final, "the turn goes back"
    if not final:
        assert not answers, "nobody speaks before it is polled"


UNKNOWN_CONTROL = Frame(FrameKind.UNKNOWN, METER, HERE, ns=7, nr=7)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (UNKNOWN_CONTROL, "ff0001"),
        (Frame(FrameKind.I, METER, HERE, ns=1, information=bytes(129)), "120004"),
        (Frame(FrameKind.RR, METER, HERE, nr=3), "710008"),
    ],
)
def test_the_server_says_which_frame_it_rejects_and_why(frame: Frame, told: str) -> None:
    link = server_in(HdlcState.CONNECTED)
    link.receive(encode_frame(frame._replace(final=False)), 1.0)
    assert not sent(link), "it was not polled"
    link.receive(encode_frame(frame), 1.1)
    (answer,) = sent(link)
    assert answer.kind is FrameKind.FRMR and answer.information.hex() == told
    assert link.state is HdlcState.DISCONNECTED


def test_a_server_that_hears_nothing_for_too_long_ends_the_connection_once() -> None:
    released: list[str] = []
    link = ServerLink(1, 0, LinkParameters(), 1.0, lambda _sap, apdu: [apdu], lambda: released.append("!"), 120.0)
    link.receive(encode_frame(Frame(FrameKind.SNRM, METER, HERE)), 0.0)
    for now, count in ((119.0, 1), (121.0, 2), (122.0, 2)):
        link.let_time_pass(now)
        assert len(released) == count, "once by SNRM, once by silence"
    assert link.state is HdlcState.DISCONNECTED


def test_rnr_is_honoured_until_rr() -> None:
    link = client_in(HdlcState.CONNECTED)
    link.receive(encode_frame(Frame(FrameKind.RNR, HERE, METER, nr=0)), 1.0)
    assert not sent(link)
    for now in (1.3, 1.6):
        assert link.next_timer() == pytest.approx(now)
        link.handle_timer(now)
        assert [frame.kind for frame in sent(link)] == [FrameKind.RR], "no information while it is busy"
        link.receive(encode_frame(Frame(FrameKind.RNR, HERE, METER, nr=0)), now)
    link.handle_timer(1.9)
    sent(link)
    link.receive(encode_frame(Frame(FrameKind.RR, HERE, METER, nr=0)), 1.9)
    link.handle_timer(2.2)
    assert [(frame.kind, frame.ns) for frame in sent(link)] == [(FrameKind.I, 0)], "now the request again"
    link.receive(encode_frame(Frame(FrameKind.I, HERE, METER, nr=1, information=ANSWER)), 2.3)
    assert events(link)[-1] == SegmentReceived(ANSWER[3:], last=True)


def test_after_a_silence_rr_asks_before_anything_is_sent_again() -> None:
    link = client_in(HdlcState.CONNECTED)
    link.handle_timer(3.2)
    assert [frame.kind for frame in sent(link)] == [FrameKind.RR]
    link.receive(encode_frame(Frame(FrameKind.I, HERE, METER, nr=1, information=ANSWER)), 3.3)
    assert SegmentReceived(ANSWER[3:], last=True) in events(link), "the request had arrived: it is not repeated"
    assert not sent(link)


def test_go_back_n_in_receiving() -> None:
    """Of a burst of five, the second is lost: three to five are asked for again, and none is taken twice."""
    link = client_in(HdlcState.CONNECTED)
    pieces = [
        Frame(FrameKind.I, HERE, METER, n, 1, n == 4, LLC_RESPONSE * (n == 0) + bytes((n,)), n < 4) for n in range(5)
    ]
    for frame in [pieces[0], *pieces[2:]]:
        link.receive(encode_frame(frame), 1.0)
    assert [(frame.kind, frame.nr) for frame in sent(link)] == [(FrameKind.RR, 1)]
    for frame in pieces[1:]:
        link.receive(encode_frame(frame), 2.0)
    segments = [event for event in events(link) if isinstance(event, SegmentReceived)]
    assert b"".join(segment.content for segment in segments) == bytes(range(5))
    assert segments[-1].last and not sent(link)


def test_an_unsolicited_ua_changes_nothing() -> None:
    link = client_in(HdlcState.CONNECTED)
    link.receive(encode_frame(UA), 1.0)
    assert link.state is HdlcState.CONNECTED and events(link) == [LinkUp()]


@pytest.mark.parametrize("kind", [FrameKind.DM, FrameKind.FRMR])
def test_a_meter_that_leaves(kind: FrameKind) -> None:
    link = client_in(HdlcState.CONNECTED)
    events(link)
    link.receive(encode_frame(Frame(kind, HERE, METER)), 1.0)
    (failed,) = events(link)
    assert isinstance(failed, LinkFailed) and kind.name in str(failed.error.detail)
    link.disconnect(2.0)
    link.receive(encode_frame(Frame(FrameKind.DM, HERE, METER)), 2.1)
    assert events(link) == [LinkDown()]


def test_silence_ends_after_so_many_retries() -> None:
    link = client(retries=2)
    link.connect(0.0)
    while (due := link.next_timer()) is not None:
        link.handle_timer(due)
    assert [frame.kind for frame in sent(link)] == [FrameKind.SNRM] * 3
    (failed,) = events(link)
    assert isinstance(failed, LinkFailed) and isinstance(failed.error, NoAnswer)


def test_information_longer_than_agreed_is_rejected_by_the_server() -> None:
    link = server_in(HdlcState.CONNECTED)
    link.receive(encode_frame(Frame(FrameKind.I, METER, HERE, information=LLC_COMMAND + bytes(200))), 1.0)
    assert [frame.kind for frame in sent(link)] == [FrameKind.FRMR]
    link.receive(encode_frame(Frame(FrameKind.RR, METER, HERE)), 1.1)
    assert [frame.kind for frame in sent(link)] == [FrameKind.DM]


def test_an_echoing_head_with_equal_addresses() -> None:
    """Client 1 and server 1 have the same address: only the echo of SNRM tells that there is one."""
    here = Address(1)
    link = ClientLink(here, METER, LinkParameters(), LinkTimes(), lambda _direction, _text: None)
    link.connect(0.0)
    link.receive(link.data_to_send() + encode_frame(Frame(FrameKind.UA, here, METER)), 0.1)
    link.send(b"\xc0", 0.2)
    request = link.data_to_send()
    link.receive(request, 0.3)
    assert events(link) == [LinkUp()] and not link.data_to_send(), "an echo is no answer"
    link.receive(encode_frame(Frame(FrameKind.I, here, METER, nr=1, information=ANSWER)), 0.4)
    assert events(link) == [SegmentReceived(ANSWER[3:], last=True)]


def test_every_state_can_be_left_and_disconnecting_is_always_reachable() -> None:
    for state in (HdlcState.DISCONNECTED, HdlcState.CONNECTING, HdlcState.CONNECTED):
        assert CLIENT[state, Input.DISCONNECT] is HdlcState.DISCONNECTING
    assert CLIENT[HdlcState.DISCONNECTING, Input.GIVE_UP] is HdlcState.DISCONNECTED
    assert SERVER[HdlcState.CONNECTED, FrameKind.DISC] is HdlcState.DISCONNECTED
