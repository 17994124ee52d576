"""What SNRM and UA negotiate: sizes of information fields, and windows (IEC 62056-46:2002+A1:2006, 6.4.4.4)."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.domain.errors import MalformedData

_FORMAT, _GROUP = 0x81, 0x80
_INFO_TX, _INFO_RX, _WINDOW_TX, _WINDOW_RX = 5, 6, 7, 8
_DEFAULTS = {_INFO_TX: 128, _INFO_RX: 128, _WINDOW_TX: 1, _WINDOW_RX: 1}

MIN_INFO, MAX_INFO = 32, 2030
MAX_WINDOW = 7


@dataclass(frozen=True)
class LinkParameters:
    """Information fields in octets, windows in frames; `transmit` is what the sender of the message itself sends."""

    transmit_info: int = 128
    receive_info: int = 128
    transmit_window: int = 1
    receive_window: int = 1


def encode_parameters(parameters: LinkParameters) -> bytes:
    """The information field of SNRM or UA; empty if all parameters have their defaults."""
    if parameters == LinkParameters():
        return b""
    groups = (
        _info_group(_INFO_TX, parameters.transmit_info)
        + _info_group(_INFO_RX, parameters.receive_info)
        + bytes((_WINDOW_TX, 4))
        + parameters.transmit_window.to_bytes(4)
        + bytes((_WINDOW_RX, 4))
        + parameters.receive_window.to_bytes(4)
    )
    return bytes((_FORMAT, _GROUP, len(groups))) + groups


def decode_parameters(information: bytes) -> LinkParameters:
    """The parameters in the information field of SNRM or UA; a parameter that is left out has its default.

    Raises:
        MalformedData: lengths that do not add up, or values out of range.
    """
    values = dict(_DEFAULTS)
    if information:
        for name, value in _groups(information):
            if name in values:
                values[name] = value
    infos = values[_INFO_TX], values[_INFO_RX]
    windows = values[_WINDOW_TX], values[_WINDOW_RX]
    if not all(value >= 1 for value in infos) or not all(1 <= value <= MAX_WINDOW for value in windows):
        raise MalformedData("link parameters out of range")
    return LinkParameters(min(infos[0], MAX_INFO), min(infos[1], MAX_INFO), *windows)


def read_granted(information: bytes) -> LinkParameters:
    """The parameters in a meter's UA, whatever it holds: what is missing or makes no sense has its default.

    Meters are in service that append groups of their own, or say 0 octets, or a window of 8.
    """
    values: dict[int, int] = {}
    for group, content in _read_fields(information[1:]):
        for name, value in _read_fields(content) if group == _GROUP else ():
            values.setdefault(name, int.from_bytes(value))
    infos = [min(values.get(name, 0) or _DEFAULTS[name], MAX_INFO) for name in (_INFO_TX, _INFO_RX)]
    windows = [min(values.get(name, 0) or _DEFAULTS[name], MAX_WINDOW) for name in (_WINDOW_TX, _WINDOW_RX)]
    return LinkParameters(*infos, *windows)


def negotiate(own: LinkParameters, peer: LinkParameters) -> LinkParameters:
    """The parameters that apply to us: neither end sends more than the other accepts."""
    return LinkParameters(
        transmit_info=min(own.transmit_info, peer.receive_info),
        receive_info=min(own.receive_info, peer.transmit_info),
        transmit_window=min(own.transmit_window, peer.receive_window),
        receive_window=min(own.receive_window, peer.transmit_window),
    )


def _info_group(name: int, value: int) -> bytes:
    return bytes((name, 1, value)) if value < 0x100 else bytes((name, 2)) + value.to_bytes(2)


def _read_fields(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Each name with its content, the last one perhaps cut short."""
    while len(octets) >= 2:
        yield octets[0], octets[2 : 2 + octets[1]]
        octets = octets[2 + octets[1] :]


def _groups(information: bytes) -> list[tuple[int, int]]:
    if len(information) < 3 or information[0] != _FORMAT or information[1] != _GROUP:
        raise MalformedData("unknown parameter format")
    content = information[3:]
    if len(content) != information[2]:
        raise MalformedData("bad parameter length")
    found = []
    while content:
        if len(content) < 2 or not 1 <= content[1] <= 4 or len(content) < 2 + content[1]:
            raise MalformedData("bad parameter group")
        found.append((content[0], int.from_bytes(content[2 : 2 + content[1]])))
        content = content[2 + content[1] :]
    return found
