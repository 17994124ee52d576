"""Two sides of a secured association, with the keys of the Green Book's examples."""

from agent.dlms.security.context import SecurityContext
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import Protection
from tests.dlms.conversation import Counting

EK = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
AK = bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
TITLE = bytes.fromhex("4D4D4D0000BC614E")
CLIENT_TITLE = bytes.fromhex("4D4D4D0000000001")
COUNTER = 0x01234567
BOTH = Protection.AUTHENTICATED | Protection.ENCRYPTED


def context(
    protection: Protection = BOTH, title: bytes = TITLE, peer: bytes | None = None, first: int = COUNTER
) -> SecurityContext:
    settings = SecuritySettings(title, EK, AK, protection=protection)
    return SecurityContext(settings, Counting(first), bytes, peer)


def opener(protection: Protection = BOTH) -> SecurityContext:
    """The other side of `context()`."""
    return context(protection, CLIENT_TITLE, TITLE, 0)
