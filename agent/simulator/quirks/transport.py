"""Quirks of octets and frames on the line (IEC 62056-46)."""

import re
from collections.abc import Callable, Iterable

from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.events import LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.simulator.quirks.quirk import ApduQuirk, Carry, LineQuirk, Serve

_LATE_S, _DEAD_S = 4.0, 1.0
_SWALLOWED_EACH = 9
_NUMBERED = (FrameKind.I, FrameKind.RR, FrameKind.RNR)
_NOISE = b"\x00\xff\x7e\x12"
_FF = re.compile(b"\xff\xff?")
_TEXT = b"NEXERRORNO-1"


def _frames(octets: bytes) -> list[Frame]:
    return list(Deframer().feed(octets))


def _octets(frames: Iterable[Frame]) -> bytes:
    return b"".join(map(encode_frame, frames))


def _each_frame(change: Callable[[Frame], Frame]) -> Callable[[], Callable[[bytes, float, Carry], bytes]]:
    """Changes each frame of the meter."""

    def pass_on(octets: bytes, _now: float, carry: Carry) -> bytes:
        answer = carry(octets)
        frames = _frames(answer)
        return _octets(map(change, frames)) if frames else answer

    return lambda: pass_on


def _groups(info: int = 128, window: int = 1, more: bytes = b"") -> bytes:
    """The information field of a UA with these sizes, and with groups of the maker's own after them."""
    sizes = bytes((5, 1, info, 6, 1, info)) + b"".join(bytes((name, 4)) + window.to_bytes(4) for name in (7, 8))
    return bytes((0x81, 0x80, len(sizes))) + sizes + more


def _ua(name: str, words: str, information: bytes) -> LineQuirk:
    """The meter takes the defaults, and its UA carries this information field."""

    def pass_on(octets: bytes, _now: float, carry: Carry) -> bytes:
        frames = _frames(octets)
        if [frame.kind for frame in frames] != [FrameKind.SNRM]:
            return carry(octets)
        answers = _frames(carry(_octets([frames[0]._replace(information=b"")])))
        return _octets([answer._replace(information=information) for answer in answers])

    return LineQuirk(name, words, lambda: pass_on)


def _ahead(frame: Frame) -> Frame:
    return frame._replace(nr=(frame.nr + 1) % 8) if frame.kind in _NUMBERED else frame


def _runs_away() -> Callable[[bytes, float, Carry], bytes]:
    """Every poll is answered by RR, whose N(R) goes on by one each time."""
    answers = 0

    def pass_on(octets: bytes, _now: float, carry: Carry) -> bytes:
        nonlocal answers
        frames = _frames(octets)
        if not frames or frames[-1].kind not in _NUMBERED:
            answers = 0
            return carry(octets)
        answers += 1
        asked = frames[-1]
        return encode_frame(Frame(FrameKind.RR, asked.source, asked.destination, nr=(1 + answers) % 8))

    return pass_on


def _frmr(times: int) -> Callable[[], Callable[[bytes, float, Carry], bytes]]:
    """The third information frame after a connection is rejected, in so many connections."""

    def begin() -> Callable[[bytes, float, Carry], bytes]:
        left, sent = times, 0

        def pass_on(octets: bytes, _now: float, carry: Carry) -> bytes:
            nonlocal left, sent
            frames = _frames(octets)
            sent += sum(frame.kind is FrameKind.I for frame in frames)
            if any(frame.kind is FrameKind.SNRM for frame in frames):
                sent = 0
            if sent < 3 or not left:
                return carry(octets)
            left, sent = left - 1, 0
            asked = frames[-1]
            carry(_octets([Frame(FrameKind.DISC, asked.destination, asked.source)]))
            rejected = Frame(FrameKind.FRMR, asked.source, asked.destination, information=b"\x10\x00\x01")
            return encode_frame(rejected)

        return pass_on

    return begin


def _dead_after_snrm() -> Callable[[bytes, float, Carry], bytes]:
    deaf_until = 0.0

    def pass_on(octets: bytes, now: float, carry: Carry) -> bytes:
        nonlocal deaf_until
        if now < deaf_until:
            return b""
        if any(frame.kind is FrameKind.SNRM for frame in _frames(octets)):
            deaf_until = now + _DEAD_S
        return carry(octets)

    return pass_on


def _swallowing() -> Callable[[bytes, float, Carry], bytes]:
    turns = 0

    def pass_on(octets: bytes, _now: float, carry: Carry) -> bytes:
        nonlocal turns
        turns += 1
        answer = carry(octets)
        return answer[: len(answer) // 2] + answer[len(answer) // 2 + 1 :] if turns % _SWALLOWED_EACH == 3 else answer

    return pass_on


def _busy_once() -> Callable[[bytes, float, Carry], bytes]:
    """Before each answer the meter says once that it is busy (RNR)."""
    kept = b""

    def pass_on(octets: bytes, _now: float, carry: Carry) -> bytes:
        nonlocal kept
        frames = _frames(octets)
        if kept and frames and frames[-1].kind is FrameKind.RR:
            answer, kept = kept, b""
            return answer
        kept = b""
        answer = carry(octets)
        answers = _frames(answer)
        if not frames or frames[-1].kind is not FrameKind.I or not answers or answers[0].kind is not FrameKind.I:
            return answer
        kept, first = answer, answers[0]
        return encode_frame(Frame(FrameKind.RNR, first.destination, first.source, nr=first.nr))

    return pass_on


def _around(change: Callable[[bytes, bytes], bytes]) -> Callable[[], Callable[[bytes, float, Carry], bytes]]:
    """What is sent, from what was asked and the answer."""
    return lambda: lambda octets, _now, carry: change(octets, carry(octets))


def _with_noise(_octets: bytes, answer: bytes) -> bytes:
    return _NOISE + answer if answer else b""


def _unchanged(octets: bytes, _now: float, carry: Carry) -> bytes:
    return carry(octets)


def _single_ff_lost(octets: bytes, _now: float, carry: Carry) -> bytes:
    """Of two in a row one is left."""
    return carry(_FF.sub(lambda found: found[0][1:], octets))


def _doubled_llc(request: bytes, serve: Serve) -> list[bytes]:
    return [LLC_RESPONSE + apdu for apdu in serve(request)]


def _text(times: int) -> Callable[[], Callable[[bytes, Serve], list[bytes]]]:
    """So many requests for values are answered by a text."""

    def begin() -> Callable[[bytes, Serve], list[bytes]]:
        left = times

        def answer(request: bytes, serve: Serve) -> list[bytes]:
            nonlocal left
            if not left or request[:1] != b"\xc0":
                return serve(request)
            left -= 1
            return [_TEXT]

        return answer

    return begin


ALWAYS = 1 << 30

TRANSPORT = (
    ApduQuirk("doubled-llc", "The LLC header comes twice.", lambda: _doubled_llc),
    ApduQuirk("text-once", "The first request for a value is answered by a text instead of an APDU.", _text(1)),
    ApduQuirk("text-always", "Every request for a value is answered by a text instead of an APDU.", _text(ALWAYS)),
    _ua("ua-empty", "UA says nothing: the defaults hold.", b""),
    _ua("ua-user-groups", "UA carries parameters of the maker's own.", _groups(more=b"\xffABC")),
    _ua("ua-info-0", "UA says that an information field has no octet.", _groups(info=0)),
    _ua("ua-window-0", "UA says that a window has no frame.", _groups(window=0)),
    _ua("ua-window-8", "UA says that a window has eight frames.", _groups(window=8)),
    LineQuirk("nr-ahead", "Each N(R) acknowledges one frame more than was sent.", _each_frame(_ahead)),
    LineQuirk("nr-runs-away", "Each poll is answered by RR, with an N(R) that goes on by one.", _runs_away),
    LineQuirk("frmr-once", "The third request of the first connection is rejected by FRMR.", _frmr(1)),
    LineQuirk("frmr-always", "The third request of every connection is rejected by FRMR.", _frmr(ALWAYS)),
    LineQuirk("busy-once", "Before each answer it says once that it is busy (RNR).", _busy_once),
    LineQuirk("late-answers", "Each answer comes after four seconds.", lambda: _unchanged, pause=_LATE_S),
    LineQuirk("dead-after-snrm", "For a second after SNRM it hears nothing.", _dead_after_snrm),
    LineQuirk("octets-swallowed", "Now and then an answer lacks an octet.", _swallowing),
    LineQuirk(
        "single-ff-lost", "The optical head swallows a single FF on its way to the meter.", lambda: _single_ff_lost
    ),
    LineQuirk("noise-before", "There are stray octets before each answer.", _around(_with_noise)),
    LineQuirk("echo", "The optical head sends back what it is sent.", _around(lambda octets, answer: octets + answer)),
)
"""By the octets of the line, the innermost first."""
