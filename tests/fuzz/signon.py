"""Sign-on and readout against a meter, or a reader, that says anything."""

from collections.abc import Callable

from agent.dlms.iec21 import (
    BaudChange,
    DataSet,
    Port,
    PortSettings,
    ReadOut,
    SignedOn,
    SignOn,
    SignOnFailed,
    SignOnGoal,
    SignOnSettings,
    parity,
)
from agent.dlms.iec21.lines import (
    Acknowledgement,
    Identification,
    encode_acknowledgement,
    encode_identification,
    encode_request,
    find_acknowledgement,
    find_identification,
    find_request,
)
from agent.dlms.iec21.readout import encode_message, find_message, parse_block
from agent.domain.errors import RemoteProtocolError
from tests.fuzz.sessions import PAUSE

SECONDS = 20.0
_METER = Identification("EPL", "5", "CERM1 3131", speaks_hdlc=True)
_DATA = (DataSet("1.8.0", (("001352.143", "kWh"), ("26-11-23", None))), DataSet("", (("no address", None),)))
_MESSAGE = encode_message(_DATA)
_ACKNOWLEDGED = encode_acknowledgement(Acknowledgement("2", "5", "2"))
_READ_OUT = encode_acknowledgement(Acknowledgement("0", "5", "0"))

READER = tuple(
    PAUSE.join(map(parity.encode, turns))
    for turns in ((encode_identification(_METER),), (b"noise", encode_identification(_METER), _MESSAGE))
)
METER = tuple(PAUSE.join(map(parity.encode, (encode_request(""), then))) for then in (_ACKNOWLEDGED, _READ_OUT))
LINES = encode_request("123"), encode_identification(_METER), _ACKNOWLEDGED, _MESSAGE
WORDS = tuple(bytes((octet,)) for octet in b"/?!\\()*\x01\x02\x03\x06\x15\r\n")
BLOCKS = (_MESSAGE[1:-2],)


def reader(goal: SignOnGoal) -> Callable[[bytes], None]:
    """A whole sign-on, turn by turn; it ends in time, and a failure is the meter's."""

    def run(octets: bytes) -> None:
        settings = SignOnSettings(goal)
        sign_on, now = SignOn(settings), 0.0
        sign_on.start(now, now + SECONDS)
        latest = SECONDS
        for turn in octets.split(PAUSE):
            for at in range(0, len(turn), 64):
                sign_on.receive(turn[at : at + 64], now)
                latest = max(latest, now + settings.response_timeout)
            if (timer := sign_on.next_timer()) is not None and len(turn) % 2:
                now = max(now, timer)
                sign_on.handle_timer(now)
        while (timer := sign_on.next_timer()) is not None:
            assert timer <= latest, "waits too long"
            now = max(now, timer)
            sign_on.handle_timer(now)
        events = list(iter(sign_on.next_event, None))
        (end,) = [event for event in events if not isinstance(event, BaudChange)]
        match end:
            case SignedOn() | ReadOut():
                pass
            case SignOnFailed(error=error):
                assert isinstance(error, RemoteProtocolError), error
            case _:
                raise AssertionError(f"{end} is no end")

    return run


def meter(octets: bytes) -> None:
    """What a reader says to a meter's port; all that it says has sound parity."""
    port = Port(PortSettings(_METER), lambda: _DATA)
    for turn, data in enumerate(octets.split(PAUSE)):
        port.receive(data, float(turn))
        parity.decode(port.data_to_send())


def lines(octets: bytes) -> object:
    """All messages of a sign-on; those that are found are encoded to what was there."""
    if found := find_identification(octets):
        encoded = encode_identification(found[0])
        assert find_identification(encoded) == (found[0], len(encoded))
    return find_request(octets), find_acknowledgement(octets), find_message(octets)


def block(octets: bytes) -> object:
    found = parse_block(octets)
    encoded = encode_message(found.data_sets)
    assert parse_block(encoded[1:-2]).data_sets == found.data_sets, "it became something else"
    return found
