import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import InputError
from agent.domain.transport import GatewayAddress, Transport
from agent.link import BleAddress, SerialAddress, TcpAddress, parse_link
from agent.link.address import parse_probe


def test_addresses() -> None:
    assert parse_link("tcp://127.0.0.1:4059") == TcpAddress("127.0.0.1", 4059)
    assert parse_link("tcp://[::1]:4059") == TcpAddress("::1", 4059)
    assert parse_link("tcp://127.0.0.1:4059?signon=mode-e") == TcpAddress("127.0.0.1", 4059, mode_e=True)
    assert parse_link("serial:///dev/ttyUSB0?baud=300&signon=mode-e") == SerialAddress("/dev/ttyUSB0", 300, mode_e=True)
    assert parse_link("serial://com5") == SerialAddress("COM5", 9600)
    assert parse_link("ble://c0:17:e9:e4:06:95") == BleAddress("C0:17:E9:E4:06:95")


def test_the_wrapper_and_gateways() -> None:
    wrapped, behind = Transport(wrapper=True), GatewayAddress(1, b"\xa1\xb2")
    assert parse_link("tcp+wrapper://[::1]:4059") == TcpAddress("::1", 4059, transport=wrapped)
    assert parse_link("tcp+wrapper://h:1?gateway=1/0xA1B2") == TcpAddress("h", 1, transport=Transport(True, behind))
    through = Transport(gateway=behind)
    assert parse_link("tcp://h:1?gateway=1/0xA1B2") == TcpAddress("h", 1, transport=through)
    assert parse_link("serial://COM5?baud=300&gateway=1/0xA1B2") == SerialAddress("COM5", 300, transport=through)
    in_mode_e = BleAddress("C0:17:E9:E4:06:95", mode_e=True, transport=Transport(gateway=GatewayAddress(0, b"SN 7/8")))
    assert parse_link("ble://C0:17:E9:E4:06:95?signon=mode-e&gateway=0/SN%207/8") == in_mode_e
    for wrong in ("", "1", "256/1", "1/0xA"):
        with pytest.raises(InputError) as caught:
            parse_link(f"tcp://h:1?gateway={wrong}&signon=mode-e")
        assert caught.value.code == "bad-input"


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
        "serial://COM",
        "serial:///etc/passwd",
        "serial:///dev/ttyUSB0?baud=fast",
        "serial:///dev/ttyUSB0?baud=1",
        "serial:///dev/ttyUSB0?baud=9600&baud=300",
        "serial://COM5/more",
        "serial://COM5?baud=",
        "tcp://host:1?signon=",
        "ble://C0:17:E9:E4:06:95?baud=9600",
        "tcp://[::1:4059",
        "tcp+wrapper://host",
        "tcp+wrapper://host:1?signon=mode-e",
        "tcp://host:1?gateway=1/1&gateway=1/2",
        "wrapper://host:1",
    ],
)
def test_what_is_no_link(url: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_link(url)
    assert caught.value.code == "bad-link"


def test_what_a_list_of_probes_tells() -> None:
    assert parse_probe("C0:17:E9:E4:06:95") == BleAddress("C0:17:E9:E4:06:95")
    assert parse_probe("COM5") == SerialAddress("COM5")
    assert parse_probe("/dev/ttyUSB0") == SerialAddress("/dev/ttyUSB0")
    no_probes = "/etc/passwd", "/dev/../etc/passwd", "127.0.0.1:80", "/dev/ttyS0?signon=mode-e#x", "COM5?gateway=1/1"
    for text in ("COM0", *no_probes):
        with pytest.raises(InputError):
            parse_probe(text)


@given(st.text(max_size=60))
def test_any_text_is_a_link_or_a_clear_error(text: str) -> None:
    try:
        parse_link(text)
    except InputError as error:
        assert error.code in ("bad-link", "bad-input")
