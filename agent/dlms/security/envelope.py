"""The octets of protected APDUs: glo- and ded-, general-glo and -ded, general-ciphering, general-signing."""

from dataclasses import dataclass
from enum import IntEnum

from agent.dlms.axdr.coding import Reader, encode_length
from agent.domain.errors import MalformedData

GENERAL_GLO, GENERAL_DED, GENERAL_CIPHERING, GENERAL_SIGNING = 0xDB, 0xDC, 0xDD, 0xDF
HEADER_OCTETS = 5

_GLOBAL = {0x01: 0x21, 0x08: 0x28, 0x0E: 0x2E} | {tag: tag + 8 for tag in (0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7)}
_DEDICATED = {tag: tag + 16 for tag in (0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7)}
GLOBAL_OF, DEDICATED_OF = _GLOBAL, _DEDICATED
PLAIN_OF_GLOBAL = {ciphered: plain for plain, ciphered in _GLOBAL.items()}
PLAIN_OF_DEDICATED = {ciphered: plain for plain, ciphered in _DEDICATED.items()}


class KeyInfoKind(IntEnum):
    IDENTIFIED = 0
    WRAPPED = 1
    AGREED = 2


@dataclass(frozen=True)
class KeyInfo:
    """Which key a general-ciphering APDU is protected with.

    `parameter` is the key's number (identified: 0 unicast, 1 broadcast), the key encrypting key's number
    (wrapped: 0 the master key), or the scheme (agreed: 1 one-pass, 2 static). `data` goes with it.
    """

    kind: KeyInfoKind
    parameter: int
    data: bytes = b""


@dataclass(frozen=True)
class GeneralHeader:
    """Fields that general-ciphering and general-signing begin with; all are octet-strings."""

    transaction_id: bytes = b""
    originator: bytes = b""
    recipient: bytes = b""
    date_time: bytes = b""
    other_information: bytes = b""

    def encode(self) -> bytes:
        fields = (self.transaction_id, self.originator, self.recipient, self.date_time, self.other_information)
        return b"".join(map(octet_string, fields))


@dataclass(frozen=True)
class Sealed:
    """Security control octet, invocation counter, and what is protected, with its tag at the end if it has one."""

    control: int
    counter: int
    content: bytes

    def encode(self) -> bytes:
        return bytes((self.control,)) + self.counter.to_bytes(4) + self.content


@dataclass(frozen=True)
class GeneralCiphering:
    header: GeneralHeader
    key_info: KeyInfo | None
    sealed: Sealed


@dataclass(frozen=True)
class GeneralSigning:
    header: GeneralHeader
    content: bytes
    signature: bytes


def octet_string(octets: bytes) -> bytes:
    return encode_length(len(octets)) + octets


def read_octet_string(reader: Reader) -> bytes:
    return reader.take(reader.length())


def read_sealed(octets: bytes) -> Sealed:
    """Raises MalformedData if the header is cut short."""
    reader = Reader(octets)
    control, counter = reader.octet(), int.from_bytes(reader.take(4))
    return Sealed(control, counter, reader.take(reader.remaining()))


def encode_general_ciphering(message: GeneralCiphering) -> bytes:
    key_info = b"\x00" if message.key_info is None else b"\x01" + _encode_key_info(message.key_info)
    sealed = octet_string(message.sealed.encode())
    return bytes((GENERAL_CIPHERING,)) + message.header.encode() + key_info + sealed


def read_general_ciphering(reader: Reader) -> GeneralCiphering:
    """What follows the tag. Raises MalformedData."""
    header = _read_header(reader)
    key_info = _read_key_info(reader) if reader.octet() else None
    message = GeneralCiphering(header, key_info, read_sealed(read_octet_string(reader)))
    reader.end()
    return message


def encode_general_signing(message: GeneralSigning) -> bytes:
    content = octet_string(message.content) + octet_string(message.signature)
    return bytes((GENERAL_SIGNING,)) + message.header.encode() + content


def read_general_signing(reader: Reader) -> GeneralSigning:
    """What follows the tag. Raises MalformedData."""
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
