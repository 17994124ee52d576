"""Addresses behind a gateway, as a person writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.errors import InputError
from agent.domain.transport import GatewayAddress, parse_gateway

LONG = "0/" + "y" * 256


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0/0xA1", GatewayAddress(0, b"\xa1")),
        ("255/0x00a1FF", GatewayAddress(255, b"\x00\xa1\xff")),
        ("1/UAAEEDN11200129695", GatewayAddress(1, b"UAAEEDN11200129695")),
        ("1/12345678", GatewayAddress(1, b"12345678")),
        ("1/a/b", GatewayAddress(1, b"a/b")),
        ("007/x", GatewayAddress(7, b"x")),
        ("0/" + "y" * 255, GatewayAddress(0, b"y" * 255)),
    ],
)
def test_hexadecimal_and_text(text: str, address: GatewayAddress) -> None:
    assert parse_gateway(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "1", "1/", "/1", "256/1", "-1/1", "x/1", "²/1", "1/0x", "1/0xA", "1/0xGG", "1/0x A1", "1/é", "1/a\n", LONG],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_gateway(text)
    assert caught.value.code == "bad-input"


@given(st.integers(0, 255), st.one_of(st.binary(min_size=1, max_size=255), st.text("0xAZ /", min_size=1)))
def test_written_and_read_again(network: int, device: bytes | str) -> None:
    address = GatewayAddress(network, device if isinstance(device, bytes) else device.encode())
    assert parse_gateway(str(address)) == address
