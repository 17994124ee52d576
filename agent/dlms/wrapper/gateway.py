"""The header that leads an APDU through a gateway, whatever carries it (DLMS UA 1000-2, gateway protocol).

Request or response in one octet, the number of the network, the length of the address, the address of the physical
device; then the APDU. An LLC or wrapper header stands before all that.
"""

from dataclasses import dataclass

from agent.domain.errors import LocalProtocolError
from agent.domain.transport import LONGEST_DEVICE, GatewayAddress

REQUEST, RESPONSE = 0xE6, 0xE7
_FIXED_OCTETS = 3
LONGEST_HEADER = _FIXED_OCTETS + LONGEST_DEVICE


@dataclass(frozen=True)
class GatewayHeader:
    """`kind` is REQUEST, on the way to the device, or RESPONSE, on the way back."""

    kind: int
    address: GatewayAddress


def encode_gateway_header(header: GatewayHeader) -> bytes:
    """Its octets.

    Raises:
        LocalProtocolError: a network or an address that it cannot hold.
    """
    network, device = header.address.network, header.address.device
    if not 0 <= network <= 0xFF or len(device) > LONGEST_DEVICE:
        raise LocalProtocolError(f"does not fit a gateway header: {header.address}")
    return bytes((header.kind, network, len(device))) + device


def begins_with_header(octets: bytes) -> bool:
    """Whether these octets are the beginning of a gateway's header, and not of an APDU."""
    return octets[:1] in (bytes((REQUEST,)), bytes((RESPONSE,)))


def split_header(octets: bytes) -> tuple[GatewayHeader, bytes] | None:
    """The header with which these octets begin, and what follows it; None while the header is not whole."""
    if len(octets) < _FIXED_OCTETS or len(octets) < (end := _FIXED_OCTETS + octets[2]):
        return None
    return GatewayHeader(octets[0], GatewayAddress(octets[1], bytes(octets[_FIXED_OCTETS:end]))), bytes(octets[end:])
