"""A tester in the meter's role: it behaves as a meter does, but for what an item makes it do otherwise."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.conformance import octets
from tests.conformance.aarq import PLAIN
from tests.conformance.octets import COMMAND, DISC, DM, FLAG, POLL, RESPONSE, RNR, RR, SNRM, UA, Seen, frame, tagged

VALUE = b"\x11\x05"
GRANTED = 0x001E1D
AARQ, RLRQ, GET, SET, ACTION = 0x60, 0x62, 0xC0, 0xC1, 0xC3
Pieces = list[tuple[float, bytes]]
"""What is answered: seconds of waiting, then octets."""
Response = bytes | Callable[[bytes], bytes]
"""An APDU, or what makes it of the request."""
Twist = Callable[[bytes], Pieces]
"""Makes of the usual octets what is answered in their place."""


def initiate_response(
    *, version: int = 6, conformance: int = GRANTED, max_pdu: int = 1024, vaa: int = 7, quality: int | None = None
) -> bytes:
    """InitiateResponse."""
    service = b"\x00" if quality is None else bytes((1, quality))
    block = b"\x5f\x1f\x04\x00" + conformance.to_bytes(3)
    return b"\x08" + service + bytes((version,)) + block + max_pdu.to_bytes(2) + vaa.to_bytes(2)


def aare(
    *,
    result: int = 0,
    diagnostic: int = 0,
    provider: bool = False,
    information: bytes | None = None,
    before: bytes = b"",
    more: bytes = b"",
) -> bytes:
    """`before` goes before the context, `more` before the information."""
    source = tagged(0xA2 if provider else 0xA1, bytes((2, 1, diagnostic)))
    content = before + tagged(0xA1, tagged(0x06, PLAIN)) + tagged(0xA2, bytes((2, 1, result))) + tagged(0xA3, source)
    return tagged(0x61, content + more + tagged(0xBE, tagged(0x04, information or initiate_response())))


def usual_answer(request: bytes) -> bytes:
    """What a meter in good order answers to this APDU."""
    if request[0] == AARQ:
        return aare()
    if request[0] == RLRQ:
        return b"\x63\x03\x80\x01\x00"
    head = request[1:2] + request[2:3]
    if request[0] == GET:
        return b"\xc4" + head + b"\x00" + VALUE
    if request[0] == SET:
        return b"\xc5" + head + b"\x00"
    return b"\xc7" + head + b"\x00\x00"


@dataclass
class PlayedMeter:
    """`heard` are the frames that came, `asked` the whole APDUs.

    It sends information fields of at most `size` octets, `window` of them at a time. `twist(kind, …)` changes its next
    answer to a frame of that kind, `say(tag, …)` its next response to an APDU with that tag. So many transmissions as
    it is `deaf` for do not reach it.
    """

    parameters: bytes = b""
    size: int = 128
    window: int = 1
    client: bytes = octets.address(16)
    server: bytes = octets.address(1)
    heard: list[Seen] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    connected: bool = False
    deaf: int = 0

    def __post_init__(self) -> None:
        self._twists: dict[int, deque[Twist]] = {}
        self._says: dict[int, deque[Response]] = {}
        self._reset()

    def twist(self, kind: int, *twists: Twist) -> None:
        """Kinds as `Seen.kind` gives them."""
        self._twists.setdefault(kind, deque()).extend(twists)

    def say(self, tag: int, *responses: Response) -> None:
        """Responses in the order in which they are given; afterwards the usual ones."""
        self._says.setdefault(tag, deque()).extend(responses)

    def requests(self, tag: int) -> list[bytes]:
        """The APDUs with that tag that were asked."""
        return [apdu for apdu in self.asked if apdu[:1] == bytes((tag,))]

    def hear(self, sent: bytes) -> Pieces:
        """What is answered to these octets."""
        pieces: Pieces = []
        for seen in octets.frames(sent):
            self.heard.append(seen)
            if self.deaf:
                continue
            usual = self._usual(seen)
            twists = self._twists.get(seen.kind)
            if twists and seen.final:
                pieces += twists.popleft()(usual)
            elif usual:
                pieces.append((0.0, usual))
        self.deaf = max(0, self.deaf - 1)
        return pieces

    def frame(self, control: int, information: bytes = b"", segmented: bool = False) -> bytes:
        """A frame from the meter to the client."""
        return frame(self.client, self.server, control, information, segmented)

    # ── what a meter does ──

    def _reset(self) -> None:
        self._sent = self._received = 0
        self._content = b""
        self._queue: deque[tuple[int, bytes, bool]] = deque()

    def _usual(self, seen: Seen) -> bytes:
        if seen.kind == SNRM:
            self.connected = True
            self._reset()
            return self.frame(UA | POLL, self.parameters)
        if seen.kind == DISC:
            was, self.connected = self.connected, False
            return self.frame((UA if was else DM) | POLL)
        if not self.connected:
            return self.frame(DM | POLL) if seen.final else b""
        while self._queue and (seen.nr - self._queue[0][0] - 1) % 8 < self.window:
            self._queue.popleft()
        if seen.is_information and seen.ns == self._received:
            self._received = (self._received + 1) % 8
            self._take(seen)
        return self._turn(busy=seen.kind == RNR) if seen.final else b""

    def _take(self, seen: Seen) -> None:
        self._content += seen.information
        if seen.segmented:
            return
        assert self._content.startswith(COMMAND), f"no LLC header: {self._content[:6].hex()}"
        request, self._content = self._content[len(COMMAND) :], b""
        self.asked.append(request)
        says = self._says.get(request[0])
        response = says.popleft() if says else usual_answer
        whole = RESPONSE + (response if isinstance(response, bytes) else response(request))
        pieces = [whole[at : at + self.size] for at in range(0, len(whole), self.size)]
        self._queue = deque(((self._sent + at) % 8, piece, at < len(pieces) - 1) for at, piece in enumerate(pieces))
        self._sent = (self._sent + len(pieces)) % 8

    def _turn(self, *, busy: bool) -> bytes:
        burst = [] if busy else list(self._queue)[: self.window]
        if not burst:
            return self.frame(self._received << 5 | POLL | RR)
        last = len(burst) - 1
        return b"".join(
            self.frame(self._received << 5 | (POLL if at == last else 0) | ns << 1, piece, more)
            for at, (ns, piece, more) in enumerate(burst)
        )


def nothing(_usual: bytes) -> Pieces:
    """No answer."""
    return []


def instead(other: bytes) -> Twist:
    """These octets in place of the usual ones."""
    return lambda _usual: [(0.0, other)]


def made(change: Callable[[bytes], bytes]) -> Twist:
    """What is made of the one frame that would be sent."""
    return lambda usual: [(0.0, change(usual))]


def rechecked(content: bytes) -> bytes:
    """A frame with this content, which ends with a check sequence to be made anew."""
    return FLAG + content[:-2] + octets.check(content[:-2]) + FLAG
