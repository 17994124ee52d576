"""What meters put into their UA, and what is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.hdlc.parameters import LinkParameters, encode_parameters, read_granted

WHOLE = LinkParameters(256, 128, 7, 3)
PLAIN = "05020100 06020080 070400000007 080400000003"
USER = "ff 05 0102030405"


def granted(octets: str) -> LinkParameters:
    return read_granted(bytes.fromhex(octets))


@pytest.mark.parametrize(
    "octets",
    [
        f"81 80 14 {PLAIN}",
        f"81 80 14 {PLAIN} {USER}",
        f"81 80 14 {PLAIN} 80 03 070101",
        f"81 {USER} 80 14 {PLAIN}",
        "81 80 14 080400000003 070400000007 06020080 05020100",
        "81 80 0d 05020100 060180 070107 080103",
        "81 80 11 0504 00000100 060180 070107 08020003",
        f"81 80 18 {PLAIN} 09020001",
        f"81 80 18 99020001 {PLAIN}",
        f"81 80 40 {PLAIN}",
    ],
)
def test_the_same_in_many_ways(octets: str) -> None:
    """User groups before and behind, any order, lengths of 1, 2 and 4 octets, unknown names, a length too large."""
    assert granted(octets) == WHOLE


@pytest.mark.parametrize(
    ("octets", "parameters"),
    [
        ("", LinkParameters()),
        ("81", LinkParameters()),
        ("8180", LinkParameters()),
        ("818000", LinkParameters()),
        ("00112233", LinkParameters()),
        ("81 80 06 050100 060100", LinkParameters(128, 128)),
        ("81 80 0e 05020000 06020000 070100 080100", LinkParameters()),
        ("81 80 06 070108 0801ff", LinkParameters(128, 128, 7, 7)),
        ("81 80 0c 070400000008 0804ffffffff", LinkParameters(128, 128, 7, 7)),
        ("81 80 08 0502ffff 0602ffff", LinkParameters(2030, 2030)),
        ("81 80 02 0500", LinkParameters()),
        ("81 80 03 050201", LinkParameters(1, 128)),
        ("818014050201000602010007040000000108040000000169", LinkParameters(256, 256)),
    ],
)
def test_what_makes_no_sense_has_its_default_or_its_limit(octets: str, parameters: LinkParameters) -> None:
    assert granted(octets) == parameters


@given(st.binary(max_size=60), st.booleans())
def test_whatever_it_holds(octets: bytes, begins_right: bool) -> None:
    parameters = read_granted(b"\x81\x80" * begins_right + octets)
    for info in (parameters.transmit_info, parameters.receive_info):
        assert 1 <= info <= 2030
    for window in (parameters.transmit_window, parameters.receive_window):
        assert 1 <= window <= 7


@given(st.builds(LinkParameters, st.integers(1, 2030), st.integers(1, 2030), st.integers(1, 7), st.integers(1, 7)))
def test_what_we_would_say_ourselves(parameters: LinkParameters) -> None:
    assert read_granted(encode_parameters(parameters)) == parameters
