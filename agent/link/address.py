"""Link URLs: where a meter is to be reached."""

import re
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, parse_qs, urlsplit

from agent.domain.errors import InputError

_BLE_ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


@dataclass(frozen=True)
class BleAddress:
    """A Bluetooth LE device, by its address (or, on macOS, its UUID), in capitals."""

    address: str
    mode_e: bool = False


@dataclass(frozen=True)
class TcpAddress:
    host: str
    port: int
    mode_e: bool = False


LinkAddress = BleAddress | TcpAddress


def parse_link(url: str) -> LinkAddress:
    """`ble://ADDRESS` or `tcp://HOST:PORT`, with `?signon=mode-e` where HDLC follows a sign-on.

    Raises:
        InputError: `bad-link`, or `not-supported` for what is foreseen and not built: serial ports.
    """
    try:
        parts = urlsplit(url)
        address = _parse(url, parts)
    except ValueError:
        raise _bad(url) from None
    return address


def _parse(url: str, parts: SplitResult) -> LinkAddress:
    if parts.scheme == "serial" and parts.path:
        raise InputError(code="not-supported", what="serial://")
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if parts.fragment or parts.path not in ("", "/") or set(options) - {"signon"}:
        raise _bad(url)
    if parts.scheme == "ble":
        address: LinkAddress = _ble(url, parts.netloc)
    elif parts.scheme == "tcp" and parts.hostname and parts.port and parts.username is None:
        address = TcpAddress(parts.hostname, parts.port)
    else:
        raise _bad(url)
    if "signon" not in options:
        return address
    if options["signon"] != ["mode-e"]:
        raise _bad(url)
    return replace(address, mode_e=True)


def _ble(url: str, text: str) -> BleAddress:
    address = text.upper()
    if not _BLE_ADDRESS.fullmatch(address):
        raise _bad(url)
    return BleAddress(address)


def _bad(url: str) -> InputError:
    return InputError(code="bad-link", link=url[:100])
