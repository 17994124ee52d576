"""APDUs that carry protected ones (IEC 62056-5-3:2017): glo- and ded-, general-glo- and general-ded-ciphering,
general-ciphering, general-signing."""

from dataclasses import dataclass
from enum import IntEnum

from agent.dlms.axdr.coding import Reader, encode_length
from agent.domain.errors import MalformedData

GENERAL_GLO, GENERAL_DED, GENERAL_CIPHERING, GENERAL_SIGNING = 0xDB, 0xDC, 0xDD, 0xDF

GLOBAL_OF = {0x01: 0x21, 0x08: 0x28, 0x0E: 0x2E} | {tag: tag + 8 for tag in (0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7)}
DEDICATED_OF = {tag: tag + 16 for tag in (0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7)}
PLAIN_OF_GLOBAL = {ciphered: plain for plain, ciphered in GLOBAL_OF.items()}
PLAIN_OF_DEDICATED = {ciphered: plain for plain, ciphered in DEDICATED_OF.items()}
"""Tags of service-specific ciphering: the ciphered one of a plain one, and back."""


class KeyInfoKind(IntEnum):
    """Choices of key-info."""

    IDENTIFIED = 0
    WRAPPED = 1
    AGREED = 2


@dataclass(frozen=True)
class KeyInfo:
    """The key that a general-ciphering APDU is protected with.

    `parameter` is the key-id (identified: 0 unicast, 1 broadcast), the kek-id (wrapped: 0 the master key), or the
    scheme (agreed: 1 one-pass, 2 static). `data` is the wrapped key, or what the scheme needs.
    """

    kind: KeyInfoKind
    parameter: int
    data: bytes = b""


@dataclass(frozen=True)
class GeneralHeader:
    """The fields, all octet-strings, that general-ciphering and general-signing begin with."""

    transaction_id: bytes = b""
    originator: bytes = b""
    recipient: bytes = b""
    date_time: bytes = b""
    other_information: bytes = b""

    def encode(self) -> bytes:
        """The fields in order, each with its length."""
        fields = (self.transaction_id, self.originator, self.recipient, self.date_time, self.other_information)
        return b"".join(map(octet_string, fields))


@dataclass(frozen=True)
class Sealed:
    """Security control octet, invocation counter, and protected content with its authentication tag, if any."""

    control: int
    counter: int
    content: bytes

    def encode(self) -> bytes:
        """Security header and content."""
        return bytes((self.control,)) + self.counter.to_bytes(4) + self.content


@dataclass(frozen=True)
class GeneralCiphering:
    """General-ciphering; without `key_info`, the global unicast key is meant."""

    header: GeneralHeader
    key_info: KeyInfo | None
    sealed: Sealed


@dataclass(frozen=True)
class GeneralSigning:
    """General-signing; `content` is a whole APDU, plain or ciphered."""

    header: GeneralHeader
    content: bytes
    signature: bytes


def octet_string(octets: bytes) -> bytes:
    """Length and octets."""
    return encode_length(len(octets)) + octets


def read_octet_string(reader: Reader) -> bytes:
    """What `octet_string` encoded. Raises MalformedData if it is cut short."""
    return reader.take(reader.length())


def read_sealed(octets: bytes) -> Sealed:
    """Security header and content. Raises MalformedData if the header is cut short."""
    reader = Reader(octets)
    control, counter = reader.octet(), int.from_bytes(reader.take(4))
    return Sealed(control, counter, reader.take(reader.remaining()))


def encode_general_ciphering(message: GeneralCiphering) -> bytes:
    """The APDU."""
    key_info = b"\x00" if message.key_info is None else b"\x01" + _encode_key_info(message.key_info)
    sealed = octet_string(message.sealed.encode())
    return bytes((GENERAL_CIPHERING,)) + message.header.encode() + key_info + sealed


def read_general_ciphering(reader: Reader) -> GeneralCiphering:
    """The message, from what follows the APDU's tag. Raises MalformedData."""
    header = _read_header(reader)
    key_info = _read_key_info(reader) if reader.octet() else None
    message = GeneralCiphering(header, key_info, read_sealed(read_octet_string(reader)))
    reader.end()
    return message


def encode_general_signing(message: GeneralSigning) -> bytes:
    """The APDU."""
    content = octet_string(message.content) + octet_string(message.signature)
    return bytes((GENERAL_SIGNING,)) + message.header.encode() + content


def read_general_signing(reader: Reader) -> GeneralSigning:
    """The message, from what follows the APDU's tag. Raises MalformedData."""
    message = GeneralSigning(_read_header(reader), read_octet_string(reader), read_octet_string(reader))
    reader.end()
    return message


def _read_header(reader: Reader) -> GeneralHeader:
    return GeneralHeader(*(read_octet_string(reader) for _ in range(5)))


def _encode_key_info(info: KeyInfo) -> bytes:
    if info.kind is KeyInfoKind.IDENTIFIED:
        return bytes((info.kind, info.parameter))
    if info.kind is KeyInfoKind.WRAPPED:
        return bytes((info.kind, info.parameter)) + octet_string(info.data)
    return bytes((info.kind,)) + octet_string(bytes((info.parameter,))) + octet_string(info.data)


def _read_key_info(reader: Reader) -> KeyInfo:
    kind = reader.octet()
    if kind == KeyInfoKind.IDENTIFIED:
        return KeyInfo(KeyInfoKind.IDENTIFIED, reader.octet())
    if kind == KeyInfoKind.WRAPPED:
        return KeyInfo(KeyInfoKind.WRAPPED, reader.octet(), read_octet_string(reader))
    if kind != KeyInfoKind.AGREED:
        raise MalformedData("unknown key information")
    scheme = read_octet_string(reader)
    if len(scheme) != 1:
        raise MalformedData("unknown key agreement scheme")
    return KeyInfo(KeyInfoKind.AGREED, scheme[0], read_octet_string(reader))
