"""Link URLs: where a meter can be reached."""

import re
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, parse_qs, urlsplit

from agent.domain.errors import InputError
from agent.domain.transport import PLAIN_HDLC, GatewayAddress, Transport, parse_gateway

_BLE_ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_WINDOWS_PORT = re.compile(r"COM[1-9][0-9]{0,2}")
_DEVICE_PATH = re.compile(r"/dev/[A-Za-z0-9._/-]+")
_TCP = {"tcp": PLAIN_HDLC, "tcp+wrapper": Transport(wrapper=True)}
_BAUDS = range(300, 1_000_001)
DEFAULT_BAUD = 9600


@dataclass(frozen=True)
class BleAddress:
    """A Bluetooth LE device, by its address (or, on macOS, its UUID), in capitals."""

    address: str
    mode_e: bool = False
    transport: Transport = PLAIN_HDLC


@dataclass(frozen=True)
class SerialAddress:
    """A serial port; `baud` is its rate until a sign-on changes it."""

    device: str
    baud: int = DEFAULT_BAUD
    mode_e: bool = False
    transport: Transport = PLAIN_HDLC


@dataclass(frozen=True)
class TcpAddress:
    """A TCP server that carries HDLC, or APDUs in the TCP wrapper."""

    host: str
    port: int
    mode_e: bool = False
    transport: Transport = PLAIN_HDLC


LinkAddress = BleAddress | SerialAddress | TcpAddress
ProbeAddress = BleAddress | SerialAddress


def parse_link(url: str) -> LinkAddress:
    """`ble://ADDRESS`, `serial:///dev/ttyUSB0?baud=9600`, `serial://COM5`, `tcp://HOST:PORT` (HDLC) or
    `tcp+wrapper://HOST:PORT`; with `signon=mode-e` where HDLC follows a sign-on, and `gateway=NETWORK/ADDRESS` where
    the meter is behind a gateway (see `parse_gateway`).

    Raises:
        InputError: `bad-link`; `bad-input`, the gateway.
    """
    try:
        return _parse(url, urlsplit(url))
    except ValueError:
        raise _bad(url) from None


def parse_probe(text: str) -> ProbeAddress:
    """The address of an entry in the list of probes: a Bluetooth address, or the name of a serial port.

    Raises:
        InputError: `bad-link`.
    """
    address = parse_link(f"serial://{text}" if _is_port(text) else f"ble://{text}")
    if isinstance(address, TcpAddress) or address.transport.gateway is not None:
        raise _bad(text)
    return address


def _parse(url: str, parts: SplitResult) -> LinkAddress:
    options = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    if parts.fragment:
        raise _bad(url)
    address = _address(url, parts, options)
    mode_e, gateway = "signon" in options, _gateway(url, options.pop("gateway", []))
    if options.pop("signon", ["mode-e"]) != ["mode-e"] or options or (mode_e and address.transport.wrapper):
        raise _bad(url)
    return replace(address, mode_e=mode_e, transport=replace(address.transport, gateway=gateway))


def _gateway(url: str, given: list[str]) -> GatewayAddress | None:
    if len(given) > 1:
        raise _bad(url)
    return parse_gateway(given[0]) if given else None


def _address(url: str, parts: SplitResult, options: dict[str, list[str]]) -> LinkAddress:
    """Removes the options that it uses."""
    if parts.scheme == "serial":
        return _serial(url, parts, options.pop("baud", [str(DEFAULT_BAUD)]))
    if parts.path not in ("", "/"):
        raise _bad(url)
    if parts.scheme == "ble":
        return _ble(url, parts.netloc)
    if parts.scheme in _TCP and parts.hostname and parts.port and parts.username is None:
        return TcpAddress(parts.hostname, parts.port, transport=_TCP[parts.scheme])
    raise _bad(url)


def _ble(url: str, text: str) -> BleAddress:
    address = text.upper()
    if not _BLE_ADDRESS.fullmatch(address):
        raise _bad(url)
    return BleAddress(address)


def _serial(url: str, parts: SplitResult, bauds: list[str]) -> SerialAddress:
    device = parts.netloc.upper() if parts.netloc else parts.path
    if not _is_port(device) or (parts.netloc and parts.path not in ("", "/")):
        raise _bad(url)
    if len(bauds) != 1 or not bauds[0].isascii() or not bauds[0].isdigit() or int(bauds[0]) not in _BAUDS:
        raise _bad(url)
    return SerialAddress(device, int(bauds[0]))


def _is_port(text: str) -> bool:
    path = _DEVICE_PATH.fullmatch(text) is not None and ".." not in text
    return path or _WINDOWS_PORT.fullmatch(text.upper()) is not None


def _bad(url: str) -> InputError:
    return InputError(code="bad-link", link=url[:100])
