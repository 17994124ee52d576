"""A request ends by silence: not while its answer comes in, and not for ever where only noise does."""

from collections.abc import Iterator
from itertools import count
from random import Random

import pytest

from agent.dlms import (
    AssociationSettings,
    AttributeDescriptor,
    ClientSession,
    Data,
    Event,
    Failed,
    GetResult,
    Obis,
    Opened,
    ServerSession,
    ServerSettings,
    Tag,
    Traced,
)
from agent.dlms.axdr.coding import encode
from agent.dlms.cosem.objects import read_object_list
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from tests.dlms.conversation import Counting, TestDevice, new_client, new_conversation, register
from tests.dlms.virtual_line import VirtualLine

CLIENT, METER = Address(16), Address(1)
ALLOWED, MOST = 30.0, 90.0
OBJECT_LIST = AttributeDescriptor(15, Obis(0, 0, 40, 0, 0), 2)
ENTRIES = 520


def structure(*parts: Data) -> Data:
    return Data(Tag.STRUCTURE, parts)


def array(*parts: Data) -> Data:
    return Data(Tag.ARRAY, parts)


def octets(number: int) -> Data:
    return Data(Tag.OCTET_STRING, bytes((1, 0, number >> 8, 8, number & 0xFF, 255)))


def entry(number: int) -> Data:
    rights = (structure(Data(Tag.INTEGER, n), Data(Tag.ENUM, 1), Data(Tag.NULL, None)) for n in range(1, 8))
    access = structure(array(*rights), array())
    return structure(Data(Tag.LONG_UNSIGNED, 3), Data(Tag.UNSIGNED, 0), octets(number), access)


class ListingDevice(TestDevice):
    """Has the object list of a large meter."""

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Data:
        assert client_sap and attribute == OBJECT_LIST
        return array(*map(entry, range(ENTRIES)))


def test_the_object_list_of_a_large_meter_at_9600_baud() -> None:
    """It comes in blocks of 110 octets, each with its turn-around; no deadline of half a minute cuts it short."""
    device = ListingDevice()
    server = ServerSettings(max_info=128, max_pdu=128, block_size=110)
    line = VirtualLine(
        ClientSession(AssociationSettings(max_info=128)), ServerSession(server, device, Counting(), Random(1).randbytes)
    )
    line.run(line.client.open, Opened)
    began = line.now
    found = line.run(lambda now, _: line.client.get([OBJECT_LIST], now, now + ALLOWED), GetResult)
    assert isinstance(found, GetResult) and isinstance(found.values[0], Data)
    assert len(read_object_list(found.values[0])) == ENTRIES
    size = len(encode(found.values[0]))
    assert size > 30_000 and line.client.received > size
    assert line.now - began > 1.5 * ALLOWED


class Asked:
    """A request that was sent at 0; what comes from then on is given, each piece with its seconds."""

    def __init__(self) -> None:
        self.line = new_conversation(client=AssociationSettings(max_info=2030))
        assert isinstance(self.line.open(), Opened)
        self.client = self.line.client
        self.client.get([register(1)], 0.0, ALLOWED)
        self.now = 0.0

    def until_end(self, pieces: Iterator[tuple[float, bytes]]) -> Event:
        at, piece = next(pieces, (1e9, b""))
        while True:
            while (event := self.client.next_event()) is not None:
                if not isinstance(event, Traced):
                    return event
            self.client.data_to_send()
            due = self.client.next_timer()
            assert due is not None
            self.now = min(at, due)
            if at > due:
                self.client.handle_timer(self.now)
            else:
                self.client.receive(piece, self.now)
                at, piece = next(pieces, (1e9, b""))


def frame(kind: FrameKind, information: bytes = b"", ns: int = 1) -> bytes:
    return encode_frame(Frame(kind, CLIENT, METER, ns, 2, information=information))


def answer(value: Data) -> bytes:
    return frame(FrameKind.I, b"\xe6\xe7\x00\xc4\x01\xc1\x00" + encode(value))


def code_of(event: Event) -> str:
    assert isinstance(event, Failed), event
    return event.error.code


def every(seconds: float, piece: bytes) -> Iterator[tuple[float, bytes]]:
    return ((number * seconds, piece) for number in count(1))


@pytest.mark.parametrize("kind", [FrameKind.RR, FrameKind.RNR])
def test_a_meter_that_is_busy_for_longer_than_a_request_may_take(kind: FrameKind) -> None:
    asked, value = Asked(), Data(Tag.UNSIGNED, 5)
    pieces = [(float(number), frame(kind)) for number in range(1, 60)]
    assert asked.until_end(iter([*pieces, (60.0, answer(value))])) == GetResult((value,))


@pytest.mark.parametrize("kind", [FrameKind.RR, FrameKind.RNR])
def test_a_meter_that_is_heard_and_never_answers(kind: FrameKind) -> None:
    asked = Asked()
    assert code_of(asked.until_end(every(0.5, frame(kind)))) == "answer-missing"
    assert asked.now == pytest.approx(MOST, abs=1)


def test_a_long_frame_on_a_slow_line() -> None:
    """1,900 octets at 300 baud are more than a minute."""
    asked, value = Asked(), Data(Tag.OCTET_STRING, bytes(1900))
    whole = answer(value)
    pieces = ((1 + number / 1, whole[30 * number : 30 * number + 30]) for number in range(len(whole) // 30 + 1))
    assert asked.until_end(pieces) == GetResult((value,))
    assert asked.now > 2 * ALLOWED


def test_noise_keeps_no_request_alive() -> None:
    asked, dice = Asked(), Random(4)
    noise = ((number / 10, dice.randbytes(20)) for number in count(1))
    assert code_of(asked.until_end(noise)) == "garbage-answer"
    assert asked.now < ALLOWED + 2


def test_heads_of_frames_in_endless_noise_keep_it_alive_no_longer_than_three_times() -> None:
    asked = Asked()
    head = answer(Data(Tag.OCTET_STRING, bytes(1900)))[:40]
    assert code_of(asked.until_end(every(0.5, head))) == "garbage-answer"
    assert ALLOWED < asked.now <= MOST + 1


@pytest.mark.parametrize("other", [Address(16), Address(33)])
def test_what_other_meters_say_is_no_answer(other: Address) -> None:
    asked = Asked()
    foreign = encode_frame(Frame(FrameKind.RR, other, Address(9), nr=2))
    assert code_of(asked.until_end(every(0.5, foreign))) == "garbage-answer"
    assert asked.now < ALLOWED + 2


def test_half_an_answer_is_no_silence() -> None:
    asked = Asked()
    assert code_of(asked.until_end(iter([(0.5, answer(Data(Tag.OCTET_STRING, bytes(99)))[:50])]))) == "garbage-answer"


def test_a_meter_that_was_heard_long_ago_does_not_answer() -> None:
    asked = Asked()
    assert code_of(asked.until_end(iter([(0.5, frame(FrameKind.RR))]))) == "no-answer"


def test_closing_ends_at_its_deadline_whatever_comes() -> None:
    client = new_client()
    client.open(0.0, 10.0)
    client.receive(encode_frame(Frame(FrameKind.UA, CLIENT, METER)), 0.1)
    client.close(0.2, 3.2)
    now = 0.2
    while client.next_timer() is not None and now < 60:
        now += 0.5
        client.receive(frame(FrameKind.RR), now)
        client.handle_timer(now)
    assert now < 4.5
