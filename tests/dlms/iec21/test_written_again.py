"""Whatever a meter sends: what is read of it, written and read again is the same."""

from hypothesis import example, given
from hypothesis import strategies as st

from agent.dlms.iec21.readout import DataBlock, encode_message, find_message, find_telegram, parse_block
from agent.dlms.iec21.timestamp import parse_date_and_time, parse_timestamp

VALUES = st.text(st.characters(codec="ascii", exclude_characters="()\r\n\x02\x03"), max_size=12)
ADDRESSES = st.sampled_from(["1-0:1.8.0*255", "1.8.1&12", "0.0.0", "C.1.0", "", "P.01", "F.F", " 1.8.0 ", "x y"])
LINES = st.builds(
    lambda address, values: address + "".join(f"({each})" for each in values), ADDRESSES, st.lists(VALUES)
)
ODD_LINES = st.text(st.characters(codec="latin-1", exclude_characters="\x02\x03"), max_size=20)
ENDS = st.sampled_from(["\r\n", "\n", "\r", "\r\n\r\n", ""])
READOUTS = st.lists(st.tuples(st.one_of(LINES, ODD_LINES), ENDS), max_size=12).map(
    lambda lines: "".join(line + end for line, end in lines).encode("latin-1")
)


@given(READOUTS)
@example(b"1-0:1.8.0(1*kWh)(2)0.0.0(3)\r\n(4)((ER11))\r\n!1A56\r\n1.8.1(5)")
@example(b"0.0.0(a*b*c)\xff(d)")
def test_any_readout(octets: bytes) -> None:
    read = parse_block(octets)
    found = find_message(encode_message(read.data_sets))
    assert found is not None
    block, is_sound = found
    assert is_sound
    assert parse_block(block) == DataBlock(read.data_sets)


@given(READOUTS)
def test_nothing_of_a_line_is_lost(octets: bytes) -> None:
    """Each character of a line that can be read is in a data set, or in what was set aside."""
    before_the_end = parse_block(octets)
    rest = "".join(before_the_end.set_aside)
    for data_set in before_the_end.data_sets:
        rest += data_set.address + "".join(value + (unit or "") for value, unit in data_set.values)
    lines = [line.strip() for line in octets.decode("ascii", "replace").replace("\r", "\n").split("\n")]
    for line in lines:
        if line.startswith("!"):
            break
        assert set(line) - set("()* \t\x0b\x0c\x1c\x1d\x1e\x1f") <= set(rest)


@given(st.binary(max_size=200))
def test_no_octets_are_too_odd_for_a_listener(octets: bytes) -> None:
    find_telegram(octets + b"\r\n!\r\n")


@given(st.text(max_size=20), st.text(max_size=12))
def test_no_time_is_too_odd(date: str, time: str) -> None:
    parse_timestamp(date)
    parse_date_and_time(date, time)
