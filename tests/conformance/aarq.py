"""AARQs of every form, also wrong ones, as octets (IEC 62056-5-3:2017)."""

from tests.conformance.octets import tagged

PLAIN = bytes.fromhex("60857405080101")
SHORT_NAMES = bytes.fromhex("60857405080102")
CIPHERED = bytes.fromhex("60857405080103")
UNKNOWN = bytes.fromhex("60857405080109")
NONE, LLS, HLS_MD5 = 0, 1, 3
CONFORMANCE = 0x00101D
"""GET, SET, ACTION, selective access, and GET in blocks."""
AARQ = 0x60


def mechanism_name(number: int) -> bytes:
    return bytes.fromhex("608574050802") + bytes((number,))


def initiate(
    *,
    version: int = 6,
    conformance: int = CONFORMANCE,
    max_pdu: int = 0xFFFF,
    dedicated_key: bytes | None = None,
    quality: int | None = None,
) -> bytes:
    """InitiateRequest."""
    key = b"\x00" if dedicated_key is None else bytes((1, len(dedicated_key))) + dedicated_key
    service = b"\x00" if quality is None else bytes((1, quality))
    block = b"\x5f\x1f\x04\x00" + conformance.to_bytes(3)
    return b"\x01" + key + b"\x00" + service + bytes((version,)) + block + max_pdu.to_bytes(2)


def aarq(
    *,
    context: bytes | None = PLAIN,
    requirements: bytes | None = None,
    mechanism: bytes | None = None,
    value: bytes | None = None,
    information: bytes | None = None,
    before: bytes = b"",
    titles: bytes = b"",
) -> bytes:
    """`before` goes before the context, `titles` after it; what is None is left out, but for the information."""
    content = before
    if context is not None:
        content += tagged(0xA1, tagged(0x06, context))
    content += titles
    if requirements is not None:
        content += tagged(0x8A, requirements)
    if mechanism is not None:
        content += tagged(0x8B, mechanism)
    if value is not None:
        content += tagged(0xAC, tagged(0x80, value))
    return tagged(AARQ, content + tagged(0xBE, tagged(0x04, information or initiate())))


def with_password(password: bytes, mechanism: int = LLS) -> bytes:
    """The AARQ of a client that names a mechanism and gives a password, or its challenge."""
    return aarq(requirements=b"\x07\x80", mechanism=mechanism_name(mechanism), value=password)
