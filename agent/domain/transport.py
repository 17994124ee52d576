"""How application messages travel over a link: in which frames, and to which device behind a gateway."""

from dataclasses import dataclass

from agent.domain.errors import InputError

LONGEST_DEVICE = 255
_HEX = "0x"


@dataclass(frozen=True)
class GatewayAddress:
    """A device behind a gateway: the number of its network, and its address there, 1 to 255 octets."""

    network: int
    device: bytes

    def __str__(self) -> str:
        """As `parse_gateway` reads it."""
        text = self.device.decode("ascii", errors="replace")
        is_text = text.isascii() and text.isprintable() and not text.startswith(_HEX)
        return f"{self.network}/{text if is_text else _HEX + self.device.hex().upper()}"


@dataclass(frozen=True)
class Transport:
    """HDLC frames (IEC 62056-46), or the TCP wrapper (IEC 62056-47); with `gateway`, to that device behind one."""

    wrapper: bool = False
    gateway: GatewayAddress | None = None


PLAIN_HDLC = Transport()


def parse_gateway(text: str) -> GatewayAddress:
    """`NETWORK/ADDRESS`: a number from 0 to 255, then the address as hexadecimal octets behind `0x`, or as text.

    Raises:
        InputError: `bad-input`.
    """
    network, _, device = text.partition("/")
    octets = _octets(device)
    is_number = network.isascii() and network.isdigit() and len(network) <= 3 and int(network) <= 0xFF
    if not is_number or not octets or len(octets) > LONGEST_DEVICE:
        raise InputError(code="bad-input", field=f"gateway {text}"[:60])
    return GatewayAddress(int(network), octets)


def _octets(device: str) -> bytes | None:
    """None where the address is neither hexadecimal nor printable."""
    if device.startswith(_HEX):
        digits = device[len(_HEX) :]
        is_hex = len(digits) % 2 == 0 and all(digit in "0123456789abcdefABCDEF" for digit in digits)
        return bytes.fromhex(digits) if is_hex else None
    return device.encode("ascii") if device.isascii() and device.isprintable() else None
