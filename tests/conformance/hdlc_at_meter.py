"""Each HDLC item at a meter. A function has its item's name; its docstring is what is asked."""

from tests.conformance import octets
from tests.conformance.aarq import aarq
from tests.conformance.octets import (
    COMMAND,
    DISC,
    DM,
    FLAG,
    FRMR,
    POLL,
    RNR,
    RR,
    SNRM,
    UA,
    UI,
    check,
    frame,
    i_frame,
    parameters,
    supervisory,
)
from tests.conformance.tester import NotTried, Tester, expect

_REJ = 0x09
_SIZES = parameters((5, b"\x80"), (6, b"\x80"), (7, b"\0\0\0\1"), (8, b"\0\0\0\1"))


def hdlc_frame_p1(tester: Tester) -> None:
    """SNRM, RR, DISC, DISC are answered with UA, RR, UA, DM."""
    tester.to_ndm()
    tester.snrm()
    tester.is_in_nrm()
    answer = tester.disconnect()
    expect(answer.kind == UA, f"UA was due after DISC in NRM, came {answer}")
    tester.is_in_ndm()


def hdlc_frame_p2(tester: Tester) -> None:
    """A frame that stops for longer than the inter-octet time-out is dropped, and its rest with it."""
    tester.snrm()
    begun = tester.frame(DISC | POLL)
    tester.silence(begun[:-3], "half a frame")
    tester.silence(begun[-3:], "the rest of a dropped frame")
    tester.is_in_nrm()


def hdlc_frame_p3(tester: Tester) -> None:
    """After the inactivity time-out it is in NDM; shortly before, still in NRM."""
    if tester.meter.inactivity is None:
        raise NotTried("its inactivity time-out cannot be set")
    tester.snrm()
    tester.port.wait(tester.meter.inactivity * 0.9)
    tester.is_in_nrm()
    tester.port.wait(tester.meter.inactivity * 1.1)
    tester.is_in_ndm()


def hdlc_frame_n1(tester: Tester) -> None:
    """Without its opening flag, its closing flag, or both, a frame is none."""
    tester.to_ndm()
    tester.port.wait(tester.meter.inter_octet * 1.5)
    whole = tester.frame(SNRM | POLL)
    tester.silence(whole[1:], "a frame without opening flag")
    tester.silence(whole[:-1], "a frame without closing flag")
    tester.silence(whole[1:-1], "a frame without flags")
    tester.is_in_ndm()


def hdlc_frame_n2(tester: Tester) -> None:
    """Too short to hold addresses, control field and check sequence: no answer."""
    tester.to_ndm()
    whole = tester.frame(SNRM | POLL)[1:-1]
    for length in range(2, len(whole)):
        short = bytes((whole[0], length)) + whole[2 : length - 2]
        tester.silence(FLAG + (short + check(short))[:length] + FLAG, f"a frame of {length} octets")
    tester.snrm()


def hdlc_frame_n3(tester: Tester) -> None:
    """A frame of another format type than 3 is ignored."""
    tester.to_ndm()
    content = tester.frame(SNRM | POLL)[2:-3]
    for first in (0x00, 0x90, 0xB0):
        other = bytes((first,)) + content
        tester.silence(FLAG + other + check(other) + FLAG, f"format type {first >> 4:x}")
    tester.is_in_ndm()


def hdlc_frame_n4(tester: Tester) -> None:
    """A length field that is not the frame's length: the frame is ignored."""
    tester.to_ndm()
    whole = tester.frame(SNRM | POLL)[1:-1]
    for length in (len(whole) + 1, len(whole) - 1, 0, 0xFF):
        wrong = bytes((whole[0], length)) + whole[2:-2]
        tester.silence(FLAG + wrong + check(wrong) + FLAG, f"length {length}")
    tester.is_in_ndm()


def hdlc_frame_n5(tester: Tester) -> None:
    """An unknown control field in NRM is answered with FRMR; SNRM connects again."""
    tester.snrm()
    answer = tester.one(tester.frame(0xFF))
    expect(answer.kind == FRMR, f"FRMR was due, came {answer}")
    tester.snrm()
    tester.is_in_nrm()


def hdlc_frame_n7(tester: Tester) -> None:
    """A wrong header check sequence under a right frame check sequence: ignored."""
    tester.to_ndm()
    whole = tester.frame(SNRM | POLL, _SIZES)[1:-3]
    at = 3 + len(tester.server) + len(tester.client)
    wrong = whole[:at] + bytes((whole[at] ^ 0x10,)) + whole[at + 1 :]
    tester.silence(FLAG + wrong + check(wrong) + FLAG, "a wrong header check sequence")
    tester.is_in_ndm()


def hdlc_frame_n8(tester: Tester) -> None:
    """A wrong frame check sequence: ignored."""
    tester.to_ndm()
    for sent in (tester.frame(SNRM | POLL), tester.frame(SNRM | POLL, _SIZES)):
        tester.silence(sent[:-2] + bytes((sent[-2] ^ 1,)) + FLAG, "a wrong frame check sequence")
    tester.is_in_ndm()


def hdlc_address_p1(tester: Tester) -> None:
    """Each declared form of its address connects, and is the address that answers."""
    for parts in tester.meter.addresses:
        tester.server = octets.address(*parts)
        tester.snrm()
        tester.is_in_nrm()
        tester.to_ndm()


def hdlc_address_n1(tester: Tester) -> None:
    """A client's address of two octets is none: ignored."""
    tester.to_ndm()
    tester.silence(frame(tester.server, octets.address(0, 16), SNRM | POLL), "a client of two octets")
    tester.is_in_ndm()


def hdlc_address_n4(tester: Tester) -> None:
    """Frames to other logical and other physical devices are not answered."""
    tester.to_ndm()
    for parts in tester.meter.addresses:
        for place in range(len(parts)):
            other = octets.address(*parts[:place], parts[place] + 40, *parts[place + 1 :])
            tester.silence(frame(other, tester.client, SNRM | POLL), f"address {other.hex()}")
    tester.is_in_ndm()


def hdlc_address_n6(tester: Tester) -> None:
    """One octet where two or four are declared: ignored. Where one is declared, it answers with one."""
    tester.to_ndm()
    upper = tester.meter.addresses[0][0]
    if all(len(parts) > 1 for parts in tester.meter.addresses):
        tester.silence(frame(octets.address(upper), tester.client, SNRM | POLL), "an address of one octet")
        tester.is_in_ndm()
    else:
        tester.server = octets.address(upper)
        tester.snrm()


def hdlc_address_n7(tester: Tester) -> None:
    """Addresses of three and of five octets are none: ignored."""
    tester.to_ndm()
    for parts in ((0, 1, 0), (0, 0, 1, 0, 0)):
        tester.silence(frame(octets.address(*parts), tester.client, SNRM | POLL), f"an address of {len(parts)} octets")
    tester.is_in_ndm()


def hdlc_ndm2nrm_p1(tester: Tester) -> None:
    """Information fields are never agreed longer than proposed, in one octet and in two; left out, 128 is meant."""
    largest = tester.meter.max_info
    for size in (b"\x40", b"\x80", b"\x00\x40", b"\x00\x80", b"\x07\xee"):
        tester.to_ndm()
        agreed = tester.agree(parameters((5, size), (6, size)))
        limit = min(int.from_bytes(size), largest)
        expect(1 <= agreed[5] <= limit, f"sends {agreed[5]} octets where {limit} were agreed")
        expect(1 <= agreed[6] <= limit, f"takes {agreed[6]} octets where {limit} were proposed")
    tester.to_ndm()
    agreed = tester.agree()
    expect(agreed[5] <= 128 and agreed[6] <= 128, f"{agreed} without a proposal")


def hdlc_ndm2nrm_p2(tester: Tester) -> None:
    """Windows are never agreed larger than proposed; left out, 1 is meant."""
    for size in range(1, 8):
        tester.to_ndm()
        agreed = tester.agree(parameters((7, size.to_bytes(4)), (8, size.to_bytes(4))))
        expect(1 <= agreed[7] <= size and 1 <= agreed[8] <= size, f"{agreed} where {size} was proposed")
    tester.to_ndm()
    agreed = tester.agree(parameters((7, b"\x01"), (8, b"\x01")))
    expect((agreed[7], agreed[8]) == (1, 1), f"{agreed} where 1 was proposed in one octet")


def hdlc_info_p1(tester: Tester) -> None:
    """An AARQ in one frame, and in segments, brings an AARE; so does a long answer in segments."""
    tester.open()
    tester.to_ndm()
    tester.snrm()
    content = COMMAND + aarq()
    pieces = [content[at : at + 10] for at in range(0, len(content), 10)]
    for piece in pieces[:-1]:
        answer = tester.one(tester.frame(i_frame(tester.ns, 0), piece, segmented=True))
        tester.ns = (tester.ns + 1) % 8
        expect(answer.kind == RR and answer.nr == tester.ns, f"RR was due after a segment, came {answer} {answer.nr}")
    last = tester.frame(i_frame(tester.ns, 0), pieces[-1])
    tester.ns = (tester.ns + 1) % 8
    expect(tester.collect(last)[:1] == b"\x61", "no AARE to an AARQ in segments")
    expect(len(tester.get(tester.meter.long)) > 128, "no long answer")


def hdlc_info_n1(tester: Tester) -> None:
    """One octet more than agreed is answered with FRMR; SNRM connects again."""
    agreed = tester.agree()
    answer = tester.one(tester.frame(i_frame(0, 0), bytes(agreed[6] + 1)))
    expect(answer.kind == FRMR, f"FRMR was due, came {answer}")
    tester.snrm()
    tester.is_in_nrm()


def hdlc_info_n2(tester: Tester) -> None:
    """An N(R) of what was never sent is answered with FRMR; SNRM connects again."""
    tester.snrm()
    answer = tester.one(tester.frame(supervisory(RR, 1)))
    expect(answer.kind == FRMR, f"FRMR was due, came {answer}")
    tester.snrm()
    tester.is_in_nrm()


def hdlc_info_n3(tester: Tester) -> None:
    """An N(S) that is not due: RR (or REJ, FRMR) and nothing is carried out; SNRM connects again."""
    tester.snrm()
    answer = tester.one(tester.frame(i_frame(1, 0), COMMAND + aarq()))
    expect(answer.kind in (RR, _REJ, FRMR), f"RR was due, came {answer}")
    expect(answer.kind == FRMR or answer.nr == 0, f"acknowledges {answer.nr}")
    tester.snrm()
    tester.is_in_nrm()


def hdlc_ndmop_n1(tester: Tester) -> None:
    """An I frame in NDM is answered with DM, or not at all; nothing is carried out."""
    tester.to_ndm()
    answers = tester.talk(tester.frame(i_frame(0, 0), COMMAND + aarq()))
    expect(all(answer.kind == DM for answer in answers), f"answers {', '.join(map(str, answers))}")
    tester.is_in_ndm()


# ── beyond the plan ──


def more_hdlc_snrm_again(tester: Tester) -> None:
    """SNRM in NRM begins anew: numbers are 0, the association is gone."""
    tester.open()
    tester.is_associated()
    tester.snrm()
    tester.is_in_nrm()
    tester.is_not_associated()


def more_hdlc_unknown_parameters(tester: Tester) -> None:
    """Parameters and groups that nobody knows do not hinder a connection; what is known still counts."""
    tester.to_ndm()
    agreed = tester.agree(parameters((5, b"\x40"), (6, b"\x40"), (9, b"\x01"), (0x7F, b"\x00\x01")))
    expect(agreed[5] <= 64 and agreed[6] <= 64, f"{agreed} where 64 was proposed")


def more_hdlc_repeated(tester: Tester) -> None:
    """An I frame that comes twice is carried out once: its answer comes again under the same number, or RR."""
    tester.open()
    request = tester.frame(i_frame(1, 1), COMMAND + b"\xc0\x01\xc1" + tester.meter.short.encode() + b"\x00")
    first, again = tester.one(request), tester.one(request)
    expect(first.is_information and first.nr == 2, f"an answer was due, came {first}")
    expect(again.nr == 2 and (again.kind == RR or again == first), f"carried out again: {again} {again.ns}/{again.nr}")
    tester.ns, tester.nr = 2, 2
    tester.is_associated()


def more_hdlc_window(tester: Tester) -> None:
    """In a window of several frames a long answer comes in bursts that fit it; what is not acknowledged is repeated."""
    size = tester.meter.window
    if size == 1:
        raise NotTried("its window is 1")
    tester.to_ndm()
    agreed = tester.agree(parameters((5, b"\x40"), (6, b"\x40"), (7, size.to_bytes(4)), (8, size.to_bytes(4))))
    tester.associate()
    whole = tester.get(tester.meter.long)
    expect(1 < tester.most_in_a_burst <= agreed[7], f"{tester.most_in_a_burst} frames in a window of {agreed[7]}")
    request = tester.frame(i_frame(2, tester.nr), COMMAND + b"\xc0\x01\xc1" + tester.meter.long.encode() + b"\x00")
    burst = tester.talk(request)
    tester.ns, tester.nr = 3, (burst[0].ns + 1) % 8
    rest = tester.collect(tester.frame(supervisory(RR, tester.nr)), burst[0].information)
    expect(rest == whole, "another answer after one that was lost on the way")


def more_hdlc_rr(tester: Tester) -> None:
    """RR with an old N(R) brings the same segment again, with the new one the next."""
    tester.open()
    first = tester.one(tester.frame(i_frame(1, 1), COMMAND + b"\xc0\x01\xc1" + tester.meter.long.encode() + b"\x00"))
    again = tester.one(tester.frame(supervisory(RR, 1)))
    expect(again == first, f"the same segment was due, came {again} {again.ns}/{again.nr}")
    following = tester.one(tester.frame(supervisory(RR, 2)))
    expect(following.is_information and following.ns == 2, f"the next segment was due, came {following}")


def more_hdlc_rnr(tester: Tester) -> None:
    """RNR holds the answer back, RR lets it go on where it was."""
    tester.open()
    tester.one(tester.frame(i_frame(1, 1), COMMAND + b"\xc0\x01\xc1" + tester.meter.long.encode() + b"\x00"))
    held = tester.one(tester.frame(supervisory(RNR, 2)))
    expect(held.kind == RR, f"RR was due after RNR, came {held}")
    following = tester.one(tester.frame(supervisory(RR, 2)))
    expect(following.is_information and following.ns == 2, f"the next segment was due, came {following}")


def more_hdlc_not_polled(tester: Tester) -> None:
    """Without P nothing is said; the answer comes at the next poll."""
    tester.open()
    request = COMMAND + b"\xc0\x01\xc1" + tester.meter.short.encode() + b"\x00"
    tester.silence(tester.frame(i_frame(1, 1, final=False), request), "what was not polled")
    tester.ns = 2
    response = tester.collect(tester.frame(supervisory(RR, 1)))
    expect(response[:4] == b"\xc4\x01\xc1\x00", f"the answer was due, came {response.hex() or 'none'}")


def more_hdlc_broadcast(tester: Tester) -> None:
    """To all stations nothing is answered, and no connection begins or ends."""
    tester.snrm()
    for everybody in (octets.address(0x7F), octets.address(0x7F, 0x7F), octets.address(*[0x7F] * 4)):
        for control in (SNRM | POLL, DISC | POLL, UI):
            sent = frame(everybody, tester.client, control, COMMAND + aarq() if control == UI else b"")
            tester.silence(sent, f"a call to all stations by {everybody.hex()}")
    tester.is_in_nrm()


def more_hdlc_other_client(tester: Tester) -> None:
    """While one client is connected, I and RR of another are not served, and the connection stands."""
    tester.open()
    other = Tester(tester.meter, client=17)
    other.port.close()
    other.port = tester.port
    for control, information in ((i_frame(0, 0), COMMAND + aarq()), (supervisory(RR, 0), b"")):
        answers = other.talk(other.frame(control, information))
        expect(all(answer.kind == DM for answer in answers), f"serves another client: {', '.join(map(str, answers))}")
    tester.is_associated()


def more_hdlc_ui(tester: Tester) -> None:
    """UI in NRM is not answered, moves no number, and the connection stands."""
    tester.open()
    tester.silence(tester.frame(UI, COMMAND + aarq()), "UI")
    tester.is_associated()
