"""Each HDLC item seen from the other end: what our client makes of such a meter.

A function has its item's name; its docstring is what is asked.
"""

from collections.abc import Callable
from functools import partial

from agent.dlms import AssociationSettings, Mechanism
from agent.domain.errors import NoAnswer, RemoteProtocolError
from tests.conformance import octets
from tests.conformance.octets import (
    DISC,
    DM,
    FLAG,
    POLL,
    RESPONSE,
    RNR,
    RR,
    SNRM,
    UI,
    frame,
    i_frame,
    parameters,
    supervisory,
)
from tests.conformance.played_meter import AARQ, GET, Pieces, PlayedMeter, instead, made, nothing, rechecked
from tests.conformance.tester import expect
from tests.conformance.visit import Visit, fails

I = 0  # noqa: E741 - its name in the standard
_LONG = b"\xc4\x01\xc1\x00\x09\x82\x02\x58" + bytes(600)


def spoiled(change: Callable[[bytes], bytes]) -> None:
    """A wrong value in what this makes of a frame is not taken; polled again, the right one is, asked for once."""
    visit = Visit()
    visit.is_opened()
    visit.meter.twist(I, made(lambda usual: change(_with_wrong_value(usual))))
    visit.reads_right()
    expect(len(visit.meter.requests(GET)) == 1, "asks again for what was carried out")
    visit.closes()


def hdlc_frame_p1() -> None:
    """SNRM and DISC poll, begin and end it; DM instead of UA ends it too, and denies a connection."""
    visit = Visit()
    visit.is_opened()
    visit.closes()
    kinds = [seen.kind for seen in visit.meter.heard]
    expect(kinds[0] == SNRM and kinds[-1] == DISC, "does not begin with SNRM and end with DISC")
    expect(all(seen.final for seen in visit.meter.heard if seen.kind in (SNRM, DISC)), "does not poll")
    visit.is_opened()
    visit.meter.connected = False
    visit.meter.twist(I, nothing)
    visit.closes()
    visit.meter.twist(SNRM, instead(visit.meter.frame(DM | POLL)))
    fails(visit.open(), RemoteProtocolError)
    visit.begins_anew()


def hdlc_frame_p2() -> None:
    """An answer that stops halfway is dropped, and its rest with it; the next poll brings it whole."""
    visit = Visit()
    visit.is_opened()
    wrong = _with_wrong_value(visit.meter.frame(i_frame(1, 2), RESPONSE + b"\xc4\x01\xc1\x00\x11\x05"))
    visit.meter.twist(I, instead(wrong[:12]))
    visit.meter.twist(RR, lambda usual: [(0.0, wrong[12:]), (0.1, usual)])
    visit.reads_right()
    expect(len(visit.meter.requests(GET)) == 1, "asks again for what was carried out")
    visit.closes()


def hdlc_frame_p3() -> None:
    """A meter that has ended a silent connection by itself: said at once, and the next session is in order."""
    visit = Visit()
    visit.is_opened()
    visit.meter.connected = False
    visit.now += 121
    before = visit.now
    error = fails(visit.get(), RemoteProtocolError)
    expect(not isinstance(error, NoAnswer) and visit.now - before < 1, "waits for a meter that said DM")
    visit.begins_anew()


def hdlc_frame_n1() -> None:
    """Answers without flags are none. (A flag may end one frame and begin the next, so noise goes before.)"""
    spoiled(lambda usual: b"\x00" + usual[1:])
    spoiled(lambda usual: usual[:-1])
    spoiled(lambda usual: b"\x00" + usual[1:-1])


def hdlc_frame_n2() -> None:
    """Answers too short to be frames are none."""
    for length in range(2, 7):
        content = bytes((0xA0, length, *range(3, 99, 2)))[:length]
        spoiled(partial(_replaced, FLAG + content + FLAG))


def hdlc_frame_n3() -> None:
    """Answers of another format type are none."""
    for first in (0x00, 0x90, 0xB0):
        spoiled(partial(_of_type, first))


def hdlc_frame_n4() -> None:
    """Answers with a wrong length field are none."""
    for by in (1, -1, 0x40):
        spoiled(partial(_longer, by))


def hdlc_frame_n5() -> None:
    """An answer with an unknown control field is passed over."""
    meter = PlayedMeter()
    spoiled(lambda _usual: meter.frame(0xFF))


def hdlc_frame_n7() -> None:
    """A wrong header check sequence under a right frame check sequence: no answer."""
    spoiled(lambda usual: rechecked(usual[1:6] + bytes((usual[6] ^ 8,)) + usual[7:-1]))


def hdlc_frame_n8() -> None:
    """A wrong frame check sequence: no answer."""
    spoiled(lambda usual: usual[:-2] + bytes((usual[-2] ^ 1,)) + FLAG)


def hdlc_address_p1() -> None:
    """It calls by addresses of one, two and four octets, and is a client of one."""
    for size, parts in ((1, (1,)), (2, (1, 17)), (4, (0, 1, 0, 17))):
        physical = 0 if size == 1 else 17
        settings = AssociationSettings(address_size=size, physical=physical)  # type: ignore[arg-type]
        visit = Visit(settings, PlayedMeter(server=octets.address(*parts)))
        visit.is_opened()
        visit.reads_right()
        visit.closes()
        expect(
            {seen.destination for seen in visit.meter.heard} == {visit.meter.server}, f"calls wrong by {size} octets"
        )
        expect({seen.source for seen in visit.meter.heard} == {octets.address(16)}, "is another client")


def hdlc_address_n1() -> None:
    """An answer to a client of two octets is not for it."""
    spoiled(_readdressed(octets.address(0, 16), octets.address(1)))


def hdlc_address_n4() -> None:
    """Answers to other clients, and of other meters, are not for it."""
    spoiled(_readdressed(octets.address(17), octets.address(1)))
    spoiled(_readdressed(octets.address(16), octets.address(2)))


def hdlc_address_n6() -> None:
    """Called by four octets, a meter that answers with one is still that logical device: its value is taken."""
    visit = Visit(AssociationSettings(address_size=4), PlayedMeter(server=octets.address(1)))
    visit.is_opened()
    visit.reads_right()


def hdlc_address_n7() -> None:
    """Answers from addresses of three and five octets are none."""
    spoiled(_readdressed(octets.address(16), octets.address(0, 1, 0)))
    spoiled(_readdressed(octets.address(16), octets.address(0, 0, 1, 0, 0)))


def hdlc_ndm2nrm_p1() -> None:
    """It never sends longer information fields than UA allows, in one octet or two, nor than it proposed."""
    for size, limit in ((b"\x20", 32), (b"\x00\x20", 32), (b"\x80", 128), (b"\x07\xee", 200)):
        settings = AssociationSettings(max_info=200)
        visit = Visit(settings, PlayedMeter(parameters((5, size), (6, size)), size=min(limit, 128)))
        _longest_sent(visit, limit)
    _longest_sent(Visit(AssociationSettings(max_info=200), PlayedMeter()), 128)


def hdlc_ndm2nrm_p2() -> None:
    """It never sends more frames before a poll than UA allows; left out, that is one."""
    small = ((5, b"\x20"), (6, b"\x20"))
    for window in (1, 3, 7):
        meter = PlayedMeter(parameters(*small, (7, window.to_bytes(4)), (8, window.to_bytes(4))), size=32)
        expect(_longest_burst(meter) == window, f"other than {window} frames before a poll")
    expect(_longest_burst(PlayedMeter(parameters(*small), size=32)) == 1, "no window was agreed")


def hdlc_info_p1() -> None:
    """Segments of both sides are put together; each of the meter's is acknowledged."""
    visit = Visit(meter=PlayedMeter(parameters((5, b"\x20"), (6, b"\x20")), size=32))
    visit.is_opened()
    visit.meter.say(GET, _LONG)
    event = visit.get()
    expect(bytes(600) in _values(event), f"the long value was due, came {event}")
    polls = [seen.nr for seen in visit.meter.heard if seen.kind == RR]
    expect(all((after - before) % 8 == 1 for before, after in zip(polls[-10:], polls[-9:], strict=False)), f"{polls}")
    visit.closes()


def hdlc_info_n1() -> None:
    """A longer information field than agreed brings the right value, or an error: never another value."""
    visit = Visit(AssociationSettings(max_info=64))
    visit.meter.size = 120
    visit.is_opened()
    visit.meter.say(GET, b"\xc4\x01\xc1\x00\x09\x64" + bytes(100))
    event = visit.get()
    expect(bytes(100) in _values(event) or bool(fails(event)), "another value")
    visit.begins_anew()


def hdlc_info_n2() -> None:
    """An N(R) of what was never sent: once it is borne; always, it is said within ten seconds."""
    visit = Visit()
    visit.is_opened()
    visit.meter.twist(I, instead(visit.meter.frame(supervisory(RR, 6))))
    visit.reads_right()
    wrong = instead(visit.meter.frame(supervisory(RR, 7)))
    for kind in (I, RR):
        visit.meter.twist(kind, *[wrong] * 20)
    before = visit.now
    fails(visit.get(), RemoteProtocolError, "sequence-wrong")
    expect(visit.now - before < 10, f"after {visit.now - before:.0f} s")


def hdlc_info_n3() -> None:
    """An answer whose N(S) is not due is not taken; polled again, the value is right."""
    visit = Visit()
    visit.is_opened()
    other = RESPONSE + b"\xc4\x01\xc1\x00\x11\x63"
    visit.meter.twist(I, instead(visit.meter.frame(i_frame(4, 2), other)))
    visit.reads_right()
    expect(len(visit.meter.requests(GET)) == 1, "asks again for what was carried out")


def hdlc_ndmop_n1() -> None:
    """DM to an I frame is said as the end of the connection; nothing is sent after it but SNRM or DISC."""
    visit = Visit()
    visit.is_opened()
    visit.meter.connected = False
    fails(visit.get(), RemoteProtocolError)
    heard = len(visit.meter.heard)
    visit.begins_anew()
    expect(visit.meter.heard[heard].kind in (SNRM, DISC), "goes on in a connection that has ended")


# ── beyond the plan ──


def more_hdlc_snrm_again() -> None:
    """SNRM without an answer is sent again; a second UA changes nothing."""
    visit = Visit()
    visit.meter.twist(SNRM, nothing, lambda usual: [(0.0, usual), (0.0, usual)])
    visit.is_opened()
    visit.reads_right()
    expect([seen.kind for seen in visit.meter.heard[:2]] == [SNRM, SNRM], "does not repeat SNRM")
    visit.closes()


def more_hdlc_unknown_parameters() -> None:
    """Parameters in UA that nobody knows do not hinder; what is known counts."""
    visit = Visit(meter=PlayedMeter(parameters((5, b"\x20"), (6, b"\x20"), (9, b"\x01"), (0x7F, b"\0\0")), size=32))
    _longest_sent(visit, 32)


def more_hdlc_repeated() -> None:
    """An answer that comes twice is taken once, and what follows is not shifted by it."""
    visit = Visit()
    visit.is_opened()
    visit.meter.twist(I, lambda usual: [(0.0, usual), (0.0, usual)])
    visit.reads_right()
    visit.meter.say(GET, b"\xc4\x01\xc2\x00\x11\x06")
    expect(_values(visit.get()) == [6], "takes an answer for the next one's")
    visit.closes()


def more_hdlc_window() -> None:
    """Of a burst of frames one is lost: those from there on are asked for again, none is taken twice."""
    sizes = parameters((5, b"\x40"), (6, b"\x40"), (7, b"\0\0\0\5"), (8, b"\0\0\0\5"))
    visit = Visit(AssociationSettings(max_info=64, window=7), PlayedMeter(sizes, size=64, window=5))
    visit.is_opened()
    visit.meter.say(GET, b"\xc4\x01\xc1\x00\x09\x82\x02\x58" + bytes(range(200)) * 3)
    visit.meter.twist(I, lambda usual: [piece for at, piece in enumerate(_frame_by_frame(usual)) if at != 1])
    event = visit.get()
    expect(bytes(range(200)) * 3 in _values(event), f"the long value was due, came {event}")
    visit.closes()


def more_hdlc_rr() -> None:
    """A lost answer is asked for by RR, a lost request is sent again with its number: carried out once, both."""
    visit = Visit()
    visit.is_opened()
    visit.meter.twist(I, nothing)
    visit.reads_right()
    expect(visit.meter.heard[-1].kind == RR, "does not ask by RR")
    expect(len(visit.meter.requests(GET)) == 1, "asks again for what was carried out")
    heard = len(visit.meter.heard)
    visit.meter.deaf = 1
    visit.reads_right()
    numbers = [seen.ns for seen in visit.meter.heard[heard:] if seen.is_information]
    expect(len(set(numbers)) == 1, f"sends its request as {numbers}")
    expect(len(visit.meter.requests(GET)) == 2, "a request is carried out twice")


def more_hdlc_rnr() -> None:
    """While the meter says RNR no information is sent, and it is asked now and then; with RR it goes on."""
    visit = Visit()
    visit.is_opened()
    busy = instead(visit.meter.frame(supervisory(RNR, 2)))
    visit.meter.twist(I, busy)
    visit.meter.twist(RR, busy, busy)
    before = len(visit.meter.heard)
    visit.reads_right()
    kinds = [seen.kind for seen in visit.meter.heard[before:]]
    expect(kinds[0] == I and set(kinds[1:]) == {RR}, f"sends information to a busy meter: {kinds}")
    visit.closes()


def more_hdlc_not_polled() -> None:
    """It says nothing before the meter's final frame."""
    sizes = parameters((5, b"\x40"), (6, b"\x40"), (7, b"\0\0\0\3"), (8, b"\0\0\0\3"))
    visit = Visit(AssociationSettings(max_info=64, window=7), PlayedMeter(sizes, size=64, window=3))
    visit.is_opened()
    visit.meter.say(GET, b"\xc4\x01\xc1\x00\x09\x78" + bytes(120))
    visit.meter.twist(I, _frame_by_frame)
    before = len(visit.meter.heard)
    event = visit.get()
    expect(bytes(120) in _values(event), f"the long value was due, came {event}")
    expect(len(visit.meter.heard) == before + 1, "speaks before it is its turn")


def more_hdlc_broadcast() -> None:
    """What is said to all stations is not for it."""
    spoiled(_readdressed(octets.address(0x7F), octets.address(1)))


def more_hdlc_other_client() -> None:
    """What a meter says to another client on the same line is neither taken nor a reason to speak."""
    visit = Visit()
    visit.is_opened()
    other = frame(octets.address(17), visit.meter.server, i_frame(1, 2), RESPONSE + b"\xc4\x01\xc1\x00\x11\x63")
    visit.meter.twist(I, lambda usual: [(0.0, other), (1.0, usual)])
    visit.reads_right()
    visit.closes()


def more_hdlc_ui() -> None:
    """UI before an answer is passed over."""
    visit = Visit()
    visit.is_opened()
    told = visit.meter.frame(UI, RESPONSE + b"\xc2\x00\x00\x03\x01\x00\x01\x08\x00\xff\x02\x00")
    visit.meter.twist(I, lambda usual: [(0.0, told), (0.1, usual)])
    visit.reads_right()
    visit.closes()


def _with_wrong_value(usual: bytes) -> bytes:
    """A sound frame with another last octet in its information field."""
    (seen,) = octets.frames(usual)
    return frame(seen.destination, seen.source, seen.control, seen.information[:-1] + b"\x63", seen.segmented)


def _replaced(other: bytes, _usual: bytes) -> bytes:
    return other


def _of_type(first: int, usual: bytes) -> bytes:
    return rechecked(bytes((first,)) + usual[2:-1])


def _longer(by: int, usual: bytes) -> bytes:
    """By its length field alone."""
    return rechecked(usual[1:2] + bytes((usual[2] + by,)) + usual[3:-1])


def _readdressed(destination: bytes, source: bytes) -> Callable[[bytes], bytes]:
    def change(usual: bytes) -> bytes:
        (seen,) = octets.frames(usual)
        return frame(destination, source, seen.control, seen.information, seen.segmented)

    return change


def _frame_by_frame(usual: bytes) -> Pieces:
    pieces: Pieces = []
    while usual:
        length = ((usual[1] << 8 | usual[2]) & 0x7FF) + 2
        pieces.append((0.5, usual[:length]))
        usual = usual[length:]
    return pieces


def _longest_sent(visit: Visit, limit: int) -> None:
    visit.is_opened()
    visit.reads_right()
    longest = max(len(seen.information) for seen in visit.meter.heard if seen.is_information)
    expect(longest <= limit, f"sends {longest} octets where {limit} were agreed")
    expect(visit.meter.requests(AARQ) != [], "no AARQ")
    visit.closes()


def _longest_burst(meter: PlayedMeter) -> int:
    """The most I frames before one that polls; the AARQ has to be cut into many."""
    visit = Visit(AssociationSettings(max_info=64, window=7, mechanism=Mechanism.LLS, secret=b"long" * 60), meter)
    visit.is_opened()
    longest = count = 0
    for seen in visit.meter.heard:
        count = count + 1 if seen.is_information else 0
        longest = max(longest, count)
        count = 0 if seen.final else count
    visit.closes()
    return longest


def _values(event: object) -> list[object]:
    return [getattr(value, "value", None) for value in getattr(event, "values", ())]
