import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import InputError
from agent.link import BleAddress, TcpAddress, parse_link


def test_addresses() -> None:
    assert parse_link("tcp://127.0.0.1:4059") == TcpAddress("127.0.0.1", 4059)
    assert parse_link("tcp://[::1]:4059") == TcpAddress("::1", 4059)
    assert parse_link("tcp://127.0.0.1:4059?signon=mode-e") == TcpAddress("127.0.0.1", 4059, mode_e=True)
    assert parse_link("ble://c0:17:e9:e4:06:95") == BleAddress("C0:17:E9:E4:06:95")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tcp",
        "tcp://",
        "tcp://host",
        "tcp://host:",
        "tcp://host:0",
        "tcp://host:99999",
        "tcp://user@host:1",
        "tcp://host:1/path",
        "tcp://host:1#x",
        "tcp://host:1?speed=9600",
        "tcp://host:1?signon=mode-x",
        "http://host:80",
        "ble://",
        "ble://bird",
        "ble://C0:17:E9:E4:06",
        "serial://",
        "tcp://[::1:4059",
    ],
)
def test_what_is_no_link(url: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_link(url)
    assert caught.value.code == "bad-link"


@pytest.mark.parametrize("url", ["serial:///dev/ttyUSB0?baud=9600"])
def test_what_is_foreseen_is_said_to_be_missing(url: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_link(url)
    assert caught.value.code == "not-supported"


@given(st.text(max_size=60))
def test_any_text_is_a_link_or_a_clear_error(text: str) -> None:
    try:
        parse_link(text)
    except InputError as error:
        assert error.code in ("bad-link", "not-supported")
