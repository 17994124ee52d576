"""Sign-on and readout: whole dialogues over bad lines, known messages of meters, any octets at all."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.iec21 import (
    BaudChange,
    DataBlock,
    DataSet,
    Port,
    PortSettings,
    ReadOut,
    SignedOn,
    SignOn,
    SignOnGoal,
    SignOnSettings,
    parity,
)
from agent.dlms.iec21.events import SignOnEvent, SignOnFailed
from agent.dlms.iec21.lines import Identification, encode_identification, find_identification
from agent.dlms.iec21.readout import check_character, encode_message, find_message, parse_block
from agent.domain.errors import EplusError, InputError, LocalProtocolError, MalformedData

METER = Identification("EPL", "5", "CERM1 3131", speaks_hdlc=True)
DATA = (
    DataSet("0.0.0", (("UAAEEDN11200129695", None),)),
    DataSet("1.8.0", (("001352.143", "kWh"),)),
    DataSet("1.6.1", (("0.123", "kW"), ("26-11-23 10:00", None))),
    DataSet("", (("no address", None),)),
)
Spoil = Callable[[bytes], bytes]


def untouched(octets: bytes) -> bytes:
    return octets


def converse(
    sign_on: SignOn,
    port: Port,
    up: Spoil = untouched,
    down: Spoil = untouched,
    echo: bool = False,
    deadline: float = 60,
) -> list[SignOnEvent]:
    """All events of the sign-on, in virtual time."""
    now, events = 0.0, []
    sign_on.start(now, now + deadline)
    while True:
        while (event := sign_on.next_event()) is not None:
            events.append(event)
            if not isinstance(event, BaudChange):
                return events
        if request := sign_on.data_to_send():
            port.receive(up(request), now)
            if echo:
                sign_on.receive(request, now)
            answer = down(port.data_to_send())
            for at in range(0, len(answer), 7):
                sign_on.receive(answer[at : at + 7], now)
            continue
        due = sign_on.next_timer()
        assert due is not None and due <= deadline
        now = max(now, due)
        sign_on.handle_timer(now)


def port(identification: Identification = METER, address: str = "") -> Port:
    return Port(PortSettings(identification, address), lambda: DATA)


@pytest.mark.parametrize("echo", [False, True])
def test_mode_e(echo: bool) -> None:
    meter = port()
    events = converse(SignOn(SignOnSettings()), meter, echo=echo)
    assert events == [BaudChange(300), BaudChange(9600), SignedOn(METER, 9600)]
    assert meter.speaks_hdlc and meter.baud == 9600


@pytest.mark.parametrize("echo", [False, True])
def test_mode_c_readout(echo: bool) -> None:
    events = converse(SignOn(SignOnSettings(SignOnGoal.READOUT)), port(), echo=echo)
    assert events == [BaudChange(300), BaudChange(9600), ReadOut(METER, DATA)]


def test_the_rate_is_the_slower_one() -> None:
    events = converse(SignOn(SignOnSettings(max_baud=2400)), port())
    assert events[-1] == SignedOn(METER, 2400)
    slow = Identification("EPL", "0", "", speaks_hdlc=True)
    assert converse(SignOn(SignOnSettings()), port(slow))[-1] == SignedOn(slow, 300)


def test_a_meter_is_called_by_its_address() -> None:
    called = SignOnSettings(device_address="12345", retries=1)
    assert isinstance(converse(SignOn(called), port(address="12345"))[-1], SignedOn)
    assert code_of(converse(SignOn(called), port(address="999"))) == "no-answer"


def test_a_meter_without_mode_e_is_said() -> None:
    plain = Identification("EPL", "5", "old", speaks_hdlc=False)
    assert code_of(converse(SignOn(SignOnSettings()), port(plain))) == "no-mode-e"
    assert isinstance(converse(SignOn(SignOnSettings(SignOnGoal.READOUT)), port(plain))[-1], ReadOut)


def code_of(events: list[SignOnEvent]) -> str:
    assert isinstance(events[-1], SignOnFailed)
    return events[-1].error.code


def test_silence_and_garbage() -> None:
    assert code_of(converse(SignOn(SignOnSettings()), port(), up=lambda _: b"")) == "no-answer"
    noise = parity.encode(b"/xx garbage\r\n")
    assert code_of(converse(SignOn(SignOnSettings()), port(), down=lambda _: noise)) == "garbage-answer"
    assert code_of(converse(SignOn(SignOnSettings(retries=99)), port(), up=lambda _: b"", deadline=3)) == "no-answer"


@pytest.mark.parametrize("goal", SignOnGoal)
@pytest.mark.parametrize("seed", range(60))
def test_bad_lines_end_well_or_as_documented(seed: int, goal: SignOnGoal) -> None:
    dice = Random(seed)

    def spoil(octets: bytes) -> bytes:
        if dice.random() > 0.3 or not octets:
            return octets
        at = dice.randrange(len(octets))
        return dice.choice(
            [b"", octets[:at], b"\x00\xff/E" + octets, octets[:at] + dice.randbytes(1) + octets[at + 1 :]]
        )

    events = converse(SignOn(SignOnSettings(goal)), port(), spoil, spoil, echo=bool(seed % 2))
    if isinstance(events[-1], ReadOut):
        assert events[-1].data_sets == DATA, "what has a right check character is right"
    elif isinstance(events[-1], SignOnFailed):
        assert events[-1].error.code in ("no-answer", "garbage-answer", "malformed-data", "no-mode-e")


def test_a_wrong_check_character_is_asked_for_again() -> None:
    wrong = [True]

    def once(octets: bytes) -> bytes:
        if octets.startswith(b"\x82") and wrong.pop():
            wrong.append(False)
            return octets[:20] + parity.encode(b"9") + octets[21:]
        return octets

    assert isinstance(converse(SignOn(SignOnSettings(SignOnGoal.READOUT)), port(), down=once)[-1], ReadOut)


def test_begun_once() -> None:
    sign_on = SignOn(SignOnSettings())
    sign_on.start(0, 10)
    with pytest.raises(LocalProtocolError):
        sign_on.start(1, 10)


@pytest.mark.parametrize("address", ["é", "a" * 33, "1!2", "\r"])
def test_what_is_no_device_address(address: str) -> None:
    with pytest.raises(InputError):
        SignOn(SignOnSettings(device_address=address))


# Messages as meters say them.


@pytest.mark.parametrize(
    ("octets", "maker", "letter", "hdlc"),
    [
        (b"/LGZ5\\2ZMD3104107.B32\r\n", "LGZ", "5", True),
        (b"/ISk5\\2MT382-1000\r\n", "ISk", "5", True),
        (b"/EMH4\\@01LZQJL0014F\r\n", "EMH", "4", False),
        (b"/ABB5\\2@0000\r\n", "ABB", "5", True),
        (b"/KAM5\r\n", "KAM", "5", False),
    ],
)
def test_known_identifications(octets: bytes, maker: str, letter: str, hdlc: bool) -> None:
    found = find_identification(b"noise\x00" + octets)
    assert found is not None
    assert (found[0].maker, found[0].baud_letter, found[0].speaks_hdlc) == (maker, letter, hdlc)


def test_several_data_sets_in_a_line() -> None:
    block = b"0.0.0(12345678)\r\n1.8.1(000010.5*kWh)1.8.2(000003.0*kWh)\r\n0.1.0(02)\r\n(05*x)\r\n!\r\n"
    data_sets = parse_block(block).data_sets
    assert [data_set.address for data_set in data_sets] == ["0.0.0", "1.8.1", "1.8.2", "0.1.0", ""]
    assert data_sets[1] == DataSet("1.8.1", (("000010.5", "kWh"),))


@pytest.mark.parametrize(
    ("wrong", "set_aside"),
    [
        ("1.8.0 5", "1.8.0 5"),
        ("1.8.0(5", "1.8.0(5"),
        ("1-0:0.2.0((ER11))", "1-0:0.2.0((ER11))"),
        ("1.8.3(5)1.8.4(6", "1.8.4(6"),
        ("\xff(5)", "\ufffd(5)"),
    ],
)
def test_a_wrong_line_is_set_aside_and_the_rest_stands(wrong: str, set_aside: str) -> None:
    block = f"1.8.1(1*kWh)\r\n{wrong}\r\n1.8.2(2*kWh)\r\n!\r\n".encode("latin-1")
    found = parse_block(block)
    assert {"1.8.1", "1.8.2"} <= {data_set.address for data_set in found.data_sets}
    assert found.set_aside == (set_aside,)


def test_a_data_block_without_an_end_mark() -> None:
    assert parse_block(b"1.8.0(5)\r\n").data_sets == (DataSet("1.8.0", (("5", None),)),)


def test_check_character() -> None:
    assert check_character(b"!\r\n\x03") == 0x21 ^ 0x0D ^ 0x0A ^ 0x03


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="()/!*"), max_size=12)
values = st.tuples(texts, st.none() | texts)
data_sets = st.builds(DataSet, texts.map(str.strip), st.lists(values, min_size=1, max_size=3).map(tuple))


@given(st.lists(data_sets, max_size=5).map(tuple), st.binary(max_size=5))
def test_readout_round_trip(sets: tuple[DataSet, ...], before: bytes) -> None:
    message = encode_message(sets)
    found = find_message(before.replace(b"\x02", b"") + message)
    assert found is not None and found[1]
    assert parse_block(found[0]) == DataBlock(sets)


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\!/"), max_size=16), st.booleans()
)
def test_identification_round_trip(text: str, hdlc: bool) -> None:
    identification = Identification("EPL", "5", text, hdlc)
    assert find_identification(encode_identification(identification)) == (
        identification,
        len(encode_identification(identification)),
    )


@given(st.binary(max_size=200))
def test_parity_round_trip_and_noise(octets: bytes) -> None:
    characters = bytes(octet & 0x7F for octet in octets)
    assert parity.decode(parity.encode(characters)) == characters
    assert parity.decode_leniently(parity.encode(characters)) == characters
    try:
        parity.decode(octets)
    except MalformedData:
        assert any(octet.bit_count() % 2 for octet in octets)


@given(st.lists(st.binary(max_size=80), max_size=20), st.sampled_from(SignOnGoal))
def test_any_octets_are_taken_in_bounded_memory(pieces: list[bytes], goal: SignOnGoal) -> None:
    sign_on, meter = SignOn(SignOnSettings(goal)), port()
    sign_on.start(0, 100)
    for number, piece in enumerate(pieces):
        sign_on.receive(piece, number)
        meter.receive(piece, number)
        meter.data_to_send()
        assert len(meter._received) <= 256
        while (event := sign_on.next_event()) is not None:
            if isinstance(event, SignOnFailed):
                assert isinstance(event.error, EplusError)
