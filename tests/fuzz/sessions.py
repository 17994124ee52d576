"""Whole sessions against an end that says anything: octets straight in, or APDUs framed and sealed as they should."""

from collections.abc import Callable
from random import Random

from agent.dlms import ClientSession, Closed, Data, Event, Failed, Rows, ServerSession, Tag, Traced
from agent.dlms.acse import apdus as acse
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.events import LLC_COMMAND
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters, encode_parameters
from agent.dlms.hdlc.segments import cut
from agent.dlms.hdlc.server import ServerLink
from agent.dlms.wrapper.header import Unwrapper
from agent.dlms.xdlms import action, exception, get
from agent.dlms.xdlms import set as set_
from agent.domain.errors import RemoteProtocolError, RemoteRefusal
from agent.simulator.gateway import GatewaySession
from tests.dlms.conversation import Counting, method, new_server, register
from tests.fuzz.octets import apdus_in, frames_in
from tests.fuzz.seeds import ACSE, TYPES
from tests.fuzz.variants import BEHIND, CLIENT_SAP, Variant, sealed, variants

PAUSE = b"\xf5\x55\xf5"
"""Between what comes in different turns."""
NEXT, BESIDE = b"\xf5\xaa\xf5", b"\xf5\xa5\xf5"
"""Between APDUs of different turns, and of one turn."""
WORDS = NEXT, BESIDE, *TYPES, *ACSE
SECONDS = 10.0
MOST_MOVED = 40 * SECONDS
"""Each piece of an answer moves the deadline on, and a fuzzed one may have many."""
MAX_POLLS = 20
_LONG = Data(Tag.OCTET_STRING, bytes(range(250)))
_INFO, _WINDOW = 512, 3

Reply = Callable[[bytes, float], bytes]
Operation = Callable[[ClientSession, float, float], None]
OPERATIONS: tuple[Operation, ...] = (
    lambda client, now, deadline: client.open(now, deadline),
    lambda client, now, deadline: client.get([register(1)], now, deadline),
    lambda client, now, deadline: client.get([register(2), register(30)], now, deadline),
    lambda client, now, deadline: client.rows(register(20), 2, now, deadline),
    lambda client, now, deadline: client.set([(register(3), _LONG)], now, deadline),
    lambda client, now, deadline: client.act([(method(1), _LONG)], now, deadline),
)


# ── a client, and a meter that says anything ──


def client_octets(name: str) -> Callable[[bytes], None]:
    """What comes instead of a meter's answers, turn by turn."""

    def run(octets: bytes) -> None:
        answers = iter(octets.split(PAUSE))
        whole_session(new_client(variants()[name]), lambda _data, _now: next(answers, b""))

    return run


def client_apdus(name: str) -> Callable[[bytes], None]:
    """The APDUs of a meter whose link is in order."""
    variant = variants()[name]

    def run(octets: bytes) -> None:
        security = variant.security(of_meter=True, first=1000)
        turns = iter(octets.split(NEXT))

        def answer(_sap: int, _apdu: bytes) -> list[bytes]:
            turn = next(turns, None)
            return [] if turn is None else [sealed(record, security) for record in turn.split(BESIDE)]

        own = LinkParameters(_INFO, _INFO, _WINDOW, _WINDOW)
        meter = ServerLink(1, 0, own, 1.0, answer, lambda: None)

        def reply(data: bytes, now: float) -> bytes:
            meter.receive(data, now)
            return meter.data_to_send()

        whole_session(new_client(variant), reply)

    return run


def whole_session(client: ClientSession, reply: Reply) -> None:
    """Every operation ends in time, and a failure is the meter's and never called ours."""
    now = 0.0
    for operation in OPERATIONS:
        operation(client, now, now + SECONDS)
        event, now = _until_end(client, reply, now, now + SECONDS)
        if isinstance(event, Failed):
            if not isinstance(event.error, RemoteProtocolError | RemoteRefusal):
                raise event.error
            break
    client.close(now, now + SECONDS)
    event, now = _until_end(client, reply, now, now + SECONDS)
    assert isinstance(event, Closed), event


def _until_end(client: ClientSession, reply: Reply, now: float, deadline: float) -> tuple[Event, float]:
    while True:
        event = client.next_event()
        if event is not None and not isinstance(event, Traced | Rows):
            return event, now
        if event is None and (data := client.data_to_send()):
            client.receive(reply(data, now), now)
        elif event is None:
            timer = client.next_timer()
            assert timer is not None and timer <= deadline + MOST_MOVED, "waits for nothing, or for too long"
            now = max(now, timer)
            client.handle_timer(now)


def new_client(variant: Variant) -> ClientSession:
    """The same one each time."""
    return ClientSession(variant.client, Counting(), Random(1).randbytes)


# ── a meter, and a client that says anything ──


def server_octets(octets: bytes) -> None:
    """What comes instead of a client's requests; all that the meter says is whole frames."""
    meter = new_server(variants()["plain"].server, variants()["plain"].device())
    for turn, data in enumerate(octets.split(PAUSE)):
        meter.receive(data, float(turn))
        assert not (said := meter.data_to_send()) or frames_in(said)


def gateway_octets(octets: bytes) -> None:
    """As `server_octets`, but in the TCP wrapper, for a gateway and a meter behind it."""
    gateway, said = new_gateway(variants()["wrapped"]), Unwrapper()
    for turn, data in enumerate(octets.split(PAUSE)):
        gateway.receive(data, float(turn))
        for piece in said.feed(gateway.data_to_send()):
            assert piece.header.source == 1 and piece.header.length
        assert said.unfinished is None


def new_gateway(variant: Variant) -> GatewaySession:
    """The same one each time."""
    own, behind = (new_server(variant.server, variant.device()) for _ in range(2))
    return GatewaySession(variant.server, own, {BEHIND: behind})


def server_apdus(name: str) -> Callable[[bytes], None]:
    """The APDUs of a client whose link is in order; a client can decode each answer."""
    variant = variants()[name]

    def run(octets: bytes) -> None:
        security = variant.security(of_meter=False, first=1000)
        link = _ClientEnd(new_server(variant.server, variant.device()))
        for record in octets.split(NEXT):
            for apdu in link.ask(sealed(record, security)):
                _decode(apdu)

    return run


class _ClientEnd:
    """The plainest client's link: it never loses anything."""

    def __init__(self, meter: ServerSession) -> None:
        self._meter = meter
        self._ns = self._nr = 0
        self._say(FrameKind.SNRM, encode_parameters(LinkParameters(_INFO, _INFO, _WINDOW, _WINDOW)))

    def ask(self, apdu: bytes) -> list[bytes]:
        """The answers."""
        pieces = cut(LLC_COMMAND + apdu, _INFO)
        frames = [frame for piece in pieces[:-1] for frame in self._segment(piece, more=True)]
        frames += self._segment(pieces[-1], more=False)
        for _ in range(MAX_POLLS):
            said = self._say(FrameKind.RR)
            frames += said
            if not any(frame.kind is FrameKind.I for frame in said):
                break
        return apdus_in(frames)

    def _segment(self, information: bytes, *, more: bool) -> list[Frame]:
        said = self._say(FrameKind.I, information, more=more)
        self._ns = (self._ns + 1) % 8
        return said

    def _say(self, kind: FrameKind, information: bytes = b"", *, more: bool = False) -> list[Frame]:
        frame = Frame(kind, Address(1), Address(CLIENT_SAP), self._ns, self._nr, True, information, more)
        self._meter.receive(encode_frame(frame), 0.0)
        frames = frames_in(self._meter.data_to_send())
        self._nr = (self._nr + sum(frame.kind is FrameKind.I for frame in frames)) % 8
        return frames


def _decode(apdu: bytes) -> None:
    """Raises if a client could not decode it; what is protected is left alone."""
    decoders: dict[int, Callable[[bytes], object]] = {
        get.RESPONSE: get.decode_response,
        set_.RESPONSE: set_.decode_response,
        action.RESPONSE: action.decode_response,
        acse.AARE: acse.decode_aare,
        exception.EXCEPTION_RESPONSE: exception.refusal,
    }
    if apdu and apdu[0] in decoders:
        decoders[apdu[0]](apdu)
