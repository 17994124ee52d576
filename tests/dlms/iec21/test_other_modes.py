"""Meters that send by themselves, probes that take the parity away, rates that do not come through."""

from collections.abc import Callable

import pytest

from agent.dlms.iec21 import BaudChange, DataSet, ReadOut, SignedOn, SignOn, SignOnGoal, SignOnSettings, parity
from agent.dlms.iec21.events import SignOnEvent, SignOnFailed
from agent.dlms.iec21.lines import Acknowledgement, encode_acknowledgement, find_acknowledgement
from agent.dlms.iec21.readout import check_character

LINES = b"0.0.0(12345678)\r\n1.8.0(00012.5*kWh)\r\n"
DATA = (DataSet("0.0.0", (("12345678", None),)), DataSet("1.8.0", (("00012.5", "kWh"),)))
BODY = LINES + b"!\r\n\x03"
MESSAGE = b"\x02" + BODY + bytes((check_character(BODY),))
READOUT = SignOnSettings(SignOnGoal.READOUT, retries=1)


def begun(settings: SignOnSettings = READOUT, deadline: float = 60) -> SignOn:
    sign_on = SignOn(settings)
    sign_on.start(0, deadline)
    assert sign_on.next_event() == BaudChange(300)
    assert parity.decode(sign_on.data_to_send()) == b"/?!\r\n"
    return sign_on


def events_of(sign_on: SignOn) -> list[SignOnEvent]:
    found = []
    while (event := sign_on.next_event()) is not None:
        found.append(event)
    return found


@pytest.mark.parametrize(
    ("identification", "baud"),
    [(b"/LUGCUH50\r\n", 2400), (b"/ABCFxyz\r\n", 19200), (b"/ABCGxyz\r\n", 300), (b"/SPX?V1\r\n", 300)],
)
@pytest.mark.parametrize("encode", [parity.encode, bytes])
def test_modes_a_and_b_are_not_acknowledged(identification: bytes, baud: int, encode: Callable[[bytes], bytes]) -> None:
    sign_on = begun()
    sign_on.receive(encode(identification), 1)
    assert events_of(sign_on) == [BaudChange(baud)]
    assert sign_on.data_to_send() == b""
    sign_on.receive(encode(MESSAGE), 2)
    (read_out,) = events_of(sign_on)
    assert isinstance(read_out, ReadOut) and read_out.data_sets == DATA


def test_data_that_come_in_one_piece_with_the_identification() -> None:
    sign_on = begun()
    sign_on.receive(parity.encode(b"/SPX?V1\r\n" + MESSAGE[:9]), 1)
    sign_on.receive(parity.encode(MESSAGE[9:]), 2)
    assert isinstance(events_of(sign_on)[-1], ReadOut)


def test_data_without_frame_and_check_character_end_with_silence() -> None:
    sign_on = begun()
    sign_on.receive(b"/SPX?V1\r\n" + LINES + b"!\r\n", 1)
    assert events_of(sign_on) == [BaudChange(300)]
    due = sign_on.next_timer()
    assert due is not None
    sign_on.handle_timer(due)
    (read_out,) = events_of(sign_on)
    assert isinstance(read_out, ReadOut) and read_out.data_sets == DATA


def test_mode_c_through_a_probe_that_takes_the_parity_away() -> None:
    sign_on = begun()
    sign_on.receive(b"/ISK5MT382-1008\r\n", 1)
    assert events_of(sign_on) == [BaudChange(9600)]
    sign_on.receive(MESSAGE, 2)
    assert isinstance(events_of(sign_on)[-1], ReadOut)


def test_a_reserved_rate_stands_for_the_first_one() -> None:
    sign_on = begun()
    sign_on.receive(b"/ADN9 6534\r\n", 1)
    assert events_of(sign_on) == [BaudChange(300)]
    acknowledgement = find_acknowledgement(parity.decode(sign_on.data_to_send()))
    assert acknowledgement is not None and acknowledgement[0].baud_letter == "0"


def test_a_rate_that_does_not_come_through_is_followed_by_a_lower_one() -> None:
    sign_on = begun()
    now, bauds, is_read = 0.0, [], False
    while not is_read:
        events = events_of(sign_on)
        assert not any(isinstance(event, SignOnFailed) for event in events)
        bauds += [event.baud for event in events if isinstance(event, BaudChange)]
        is_read = any(isinstance(event, ReadOut) for event in events)
        sent = parity.decode(sign_on.data_to_send())
        if sent == b"/?!\r\n" or not bauds:
            sign_on.receive(b"/ISK5MT382-1008\r\n", now)
        elif sent and bauds[-1] == 2400:
            sign_on.receive(MESSAGE, now)
        else:
            now = sign_on.next_timer() or now
            sign_on.handle_timer(now)
    assert bauds == [9600, 300, 4800, 300, 2400]


def test_it_goes_on_as_long_as_octets_come() -> None:
    """A readout of minutes at 300 baud is no reason to give up."""
    sign_on = begun(deadline=30)
    sign_on.receive(b"/ISK0MT174-0001\r\n", 1)
    now = 1.0
    for octet in b"\x02" + b"0.9.9(1)\r\n" * 200 + BODY:
        now += 0.5
        sign_on.receive(bytes((octet,)), now)
        sign_on.handle_timer(now)
    assert now > 1000
    assert [type(event) for event in events_of(sign_on)] == [BaudChange]
    due = sign_on.next_timer()
    assert due is not None and due > now


def test_mode_e_needs_no_parity_either() -> None:
    sign_on = begun(SignOnSettings())
    sign_on.receive(b"/LGZ5\\2ZMD3104107.B32\r\n", 1)
    assert sign_on.data_to_send() == parity.encode(encode_acknowledgement(Acknowledgement("2", "5", "2")))
    events_of(sign_on)
    due = sign_on.next_timer()
    assert due is not None
    sign_on.handle_timer(due)
    assert isinstance(events_of(sign_on)[-1], SignedOn)
