"""The wrapper's header, and APDUs out of a socket in any pieces."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.wrapper.header import HEADER_OCTETS, Piece, Unwrapper, WrapperHeader, encode_header
from agent.domain.errors import LocalProtocolError, RemoteProtocolError

PORTS = st.integers(0, 0xFFFF)


def wrapped(apdu: bytes, source: int = 1, destination: int = 16) -> bytes:
    return encode_header(WrapperHeader(source, destination, len(apdu))) + apdu


def cut(octets: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(octets), *(at % (len(octets) + 1) for at in cuts)})
    return [octets[first:last] for first, last in itertools.pairwise(edges)]


def test_its_octets() -> None:
    """Version 1, wPorts 16 and 1, 31 octets."""
    assert encode_header(WrapperHeader(16, 1, 31)).hex(" ", 2) == "0001 0010 0001 001f"
    for numbers in ((-1, 1, 1), (1, 0x1_0000, 1), (1, 1, 0x1_0000)):
        with pytest.raises(LocalProtocolError):
            encode_header(WrapperHeader(*numbers))


@given(st.lists(st.tuples(PORTS, PORTS, st.binary(max_size=300)), max_size=5), st.lists(st.integers(0, 5000)))
def test_apdus_come_out_whole_and_in_order(apdus: list[tuple[int, int, bytes]], cuts: list[int]) -> None:
    """However TCP cuts the stream: several in one segment, one octet at a time."""
    unwrapper = Unwrapper()
    stream = b"".join(wrapped(apdu, source, destination) for source, destination, apdu in apdus)
    whole: list[tuple[int, int, bytes]] = []
    parts: list[Piece] = []
    for octets in cut(stream, cuts):
        for piece in unwrapper.feed(octets):
            assert piece.first == (not parts)
            parts.append(piece)
            if piece.last:
                content = b"".join(part.content for part in parts)
                whole.append((piece.header.source, piece.header.destination, content))
                parts = []
    assert whole == apdus and not parts and unwrapper.unfinished is None


@pytest.mark.parametrize("begins", ["7e", "01", "0000", "0002", "0100"])
def test_another_version_is_known_by_its_first_wrong_octet(begins: str) -> None:
    unwrapper = Unwrapper()
    for _ in range(2):
        with pytest.raises(RemoteProtocolError) as caught:
            list(unwrapper.feed(bytes.fromhex(begins)))
        assert caught.value.code == "wrapper-version"


def test_what_is_missing_is_told() -> None:
    unwrapper = Unwrapper()
    assert list(unwrapper.feed(wrapped(b"abc")[:3])) == []
    assert unwrapper.unfinished == f"3 of {HEADER_OCTETS} octets of a header"
    assert [piece.content for piece in unwrapper.feed(wrapped(b"abc")[3:9])] == [b"a"]
    assert unwrapper.unfinished == "1 of 3 octets" and unwrapper.is_within
