"""Frames, addresses and parameters: known octets, round trips, and any octets at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.hdlc.address import Address, decode_address
from agent.dlms.hdlc.crc import check_sequence
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, decode_frame, encode_frame
from agent.dlms.hdlc.parameters import LinkParameters, decode_parameters, encode_parameters, negotiate
from agent.dlms.hdlc.segments import MAX_APDU, Assembly
from agent.domain.errors import LocalProtocolError, MalformedData

CLIENT_16, SERVER_1 = Address(16), Address(1)


def addresses() -> st.SearchStrategy[Address]:
    one = st.builds(Address, st.integers(0, 0x7F))
    two = st.builds(Address, st.integers(0, 0x7F), st.integers(0, 0x7F), st.just(2))
    four = st.builds(Address, st.integers(0, 0x3FFF), st.integers(0, 0x3FFF), st.just(4))
    return one | two | four


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    kind = draw(st.sampled_from([kind for kind in FrameKind if kind is not FrameKind.UNKNOWN]))
    return Frame(
        kind,
        draw(addresses()),
        draw(addresses()),
        ns=draw(st.integers(0, 7)) if kind is FrameKind.I else 0,
        nr=draw(st.integers(0, 7)) if kind in (FrameKind.I, FrameKind.RR, FrameKind.RNR) else 0,
        final=draw(st.booleans()),
        information=draw(st.binary(max_size=2030)),
        segmented=draw(st.booleans()),
    )


def test_check_sequence_known_value() -> None:
    assert check_sequence(b"123456789") == bytes.fromhex("6e90")


def test_known_snrm() -> None:
    frame = Frame(FrameKind.SNRM, SERVER_1, CLIENT_16)
    assert encode_frame(frame) == bytes.fromhex("7ea00703219 30f017e".replace(" ", ""))


@given(frames())
def test_frame_round_trip(frame: Frame) -> None:
    assert decode_frame(encode_frame(frame)[1:-1]) == frame


@pytest.mark.parametrize("control", range(0x100))
def test_every_control_octet_is_kept(control: int) -> None:
    octets = encode_frame(Frame(FrameKind.UI, SERVER_1, CLIENT_16))[1:-3]
    header = octets[:-1] + bytes((control,))
    frame = decode_frame(header + check_sequence(header))
    assert frame.control == control
    assert decode_frame(encode_frame(frame)[1:-1]) == frame


@given(st.lists(frames(), min_size=1, max_size=4), st.integers(1, 50), st.booleans())
def test_stream_in_any_pieces_flags_shared_or_not(sent: list[Frame], step: int, shared: bool) -> None:
    stream = b"".join(encode_frame(frame)[1 if shared and number else 0 :] for number, frame in enumerate(sent))
    deframer = Deframer()
    received = [frame for at in range(0, len(stream), step) for frame in deframer.feed(stream[at : at + step])]
    assert received == sent


@given(frames(), st.data())
def test_a_wrong_bit_never_gives_a_frame(frame: Frame, data: st.DataObject) -> None:
    octets = bytearray(encode_frame(frame))
    bit = data.draw(st.integers(8, (len(octets) - 1) * 8 - 1))
    octets[bit // 8] ^= 1 << bit % 8
    assert list(Deframer().feed(bytes(octets))) == []


@given(st.binary(max_size=300), frames())
def test_a_frame_is_found_after_garbage(garbage: bytes, frame: Frame) -> None:
    """At the latest when it is sent again, as the garbage may look like the start of a longer frame."""
    deframer = Deframer()
    found = list(deframer.feed(garbage + encode_frame(frame)))
    for _ in range(300):
        if frame in found:
            break
        found += deframer.feed(encode_frame(frame))
    assert frame in found


@given(st.lists(st.binary(max_size=500), max_size=20))
def test_any_octets_are_taken_in_bounded_memory(pieces: list[bytes]) -> None:
    deframer = Deframer()
    for piece in pieces:
        list(deframer.feed(piece))
        assert len(deframer._buffer) <= 0x7FF + 2


@given(st.binary(max_size=60))
def test_any_octets_as_frame_give_a_frame_or_malformed_data(octets: bytes) -> None:
    try:
        decode_frame(octets)
    except MalformedData:
        pass


@given(addresses())
def test_address_round_trip(address: Address) -> None:
    assert decode_address(address.encode(), 0) == (address, address.size)


@pytest.mark.parametrize("octets", [b"", b"\x02", b"\x02\x02\x03", b"\x02\x02\x02\x02", b"\x02\x03\x02\x03"[:1]])
def test_bad_addresses(octets: bytes) -> None:
    with pytest.raises(MalformedData):
        decode_address(octets, 0)


def test_addresses_that_do_not_fit() -> None:
    with pytest.raises(LocalProtocolError):
        Address(1, 17, 1)
    with pytest.raises(LocalProtocolError):
        Address(128)


@given(st.builds(LinkParameters, st.integers(1, 2030), st.integers(1, 2030), st.integers(1, 7), st.integers(1, 7)))
def test_parameters_round_trip(parameters: LinkParameters) -> None:
    assert decode_parameters(encode_parameters(parameters)) == parameters


@given(st.binary(max_size=40))
def test_any_parameters_are_in_range_or_malformed(octets: bytes) -> None:
    try:
        parameters = decode_parameters(octets)
    except MalformedData:
        return
    assert 1 <= parameters.transmit_info <= 2030 and 1 <= parameters.receive_window <= 7


def test_nobody_sends_more_than_the_other_takes() -> None:
    ours = negotiate(LinkParameters(1024, 512, 1, 1), LinkParameters(128, 256, 7, 7))
    assert ours == LinkParameters(256, 128, 1, 1)


def test_assembly_is_bounded() -> None:
    assembly = Assembly()
    with pytest.raises(MalformedData):
        for _ in range(MAX_APDU // 2000 + 2):
            assembly.add(bytes(2000), last=False)
