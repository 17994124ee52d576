"""Meters that send by themselves (mode D), and times as they write them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.dlms.iec21 import Listener, ReadOut, SignOnFailed, parity, parse_date_and_time, parse_timestamp
from agent.dlms.iec21.events import BaudChange, SignOnEvent

TELEGRAM = b"/ESY5Q3DA1024 V3.03\r\n\r\n1-0:0.0.0*255(112940000)\r\n1-0:1.8.0*255(01013.0368091*kWh)\r\n!\r\n"


def listening(deadline: float = 10) -> Listener:
    listener = Listener()
    listener.start(0, deadline)
    assert listener.next_event() == BaudChange(2400)
    return listener


def outcome(listener: Listener) -> SignOnEvent | None:
    assert listener.data_to_send() == b""
    return listener.next_event()


@pytest.mark.parametrize("encode", [parity.encode, bytes], ids=["7E1", "8N1"])
def test_it_waits_for_a_whole_telegram(encode: Callable[[bytes], bytes]) -> None:
    listener = listening()
    listener.receive(encode(TELEGRAM[30:]) + b"\x80" + encode(TELEGRAM[:40]), 1)
    assert outcome(listener) is None
    listener.receive(encode(TELEGRAM[40:]), 2)
    read_out = outcome(listener)
    assert isinstance(read_out, ReadOut)
    assert [data_set.address for data_set in read_out.data_sets] == ["1-0:0.0.0*255", "1-0:1.8.0*255"]
    assert listener.next_timer() is None


def test_a_digit_that_was_disturbed_never_makes_another_number() -> None:
    listener = listening()
    octets = bytearray(parity.encode(TELEGRAM))
    octets[TELEGRAM.index(b"1013")] ^= 0x01
    listener.receive(bytes(octets), 1)
    read_out = outcome(listener)
    assert isinstance(read_out, ReadOut)
    assert [data_set.address for data_set in read_out.data_sets] == ["1-0:0.0.0*255"]
    assert len(read_out.set_aside) == 1


def test_a_telegram_that_is_coming_in_is_waited_for() -> None:
    listener = listening(deadline=3)
    listener.receive(TELEGRAM[:30], 2.9)
    for place in range(30, len(TELEGRAM)):
        now = 3 + place
        listener.handle_timer(now - 0.1)
        listener.receive(TELEGRAM[place : place + 1], now - 0.1)
    assert isinstance(outcome(listener), SignOnFailed)  # more than two seconds without an octet
    listener = listening(deadline=3)
    for place in range(len(TELEGRAM)):
        listener.receive(TELEGRAM[place : place + 1], place / 9)
        listener.handle_timer(place / 9)
    assert isinstance(outcome(listener), ReadOut)


@pytest.mark.parametrize(("octets", "code"), [(b"", "no-answer"), (b"\x00\xff" * 99, "garbage-answer")])
def test_the_wait_has_an_end(octets: bytes, code: str) -> None:
    listener = listening()
    if octets:
        listener.receive(octets, 9.9)
    listener.handle_timer(10)
    failed = outcome(listener)
    assert isinstance(failed, SignOnFailed) and failed.error.code == code


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("210222161900W", datetime(2021, 2, 22, 16, 19, fold=1)),
        ("210722161900S", datetime(2021, 7, 22, 16, 19)),
        ("2210222161900", datetime(2021, 2, 22, 16, 19, tzinfo=UTC)),
        ("21-02-22 16:19", datetime(2021, 2, 22, 16, 19)),
        ("000000000000W", "not-set"),
        ("1211322161900", "not-set"),
        ("22.02.2021 16:19", None),
        ("", None),
    ],
)
def test_times(text: str, moment: object) -> None:
    assert parse_timestamp(text) == moment


@pytest.mark.parametrize(
    ("date", "time", "moment"),
    [
        ("21-01-04", "23:16:43", datetime(2021, 1, 4, 23, 16, 43)),
        ("2021-01-04", "23:16", datetime(2021, 1, 4, 23, 16)),
        ("1220826", "1235703", datetime(2022, 8, 26, 23, 57, 3)),
        ("170214", "155420", datetime(2017, 2, 14, 15, 54, 20)),
        ("00-00-00", "00:00:00", "not-set"),
        ("04.01.21", "23:16:43", None),
        ("21-01-04", "", None),
    ],
)
def test_a_date_and_a_time(date: str, time: str, moment: object) -> None:
    assert parse_date_and_time(date, time) == moment
