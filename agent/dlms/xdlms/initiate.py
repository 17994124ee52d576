"""InitiateRequest and InitiateResponse: the services and APDU sizes of an association (IEC 62056-5-3:2017)."""

from dataclasses import dataclass, field, replace
from enum import IntEnum, IntFlag

from agent.dlms.axdr.coding import Reader, encode_length
from agent.dlms.xdlms.exception import CONFIRMED_SERVICE_ERROR, refusal
from agent.domain.errors import AssociationRefused, MalformedData

INITIATE_REQUEST, INITIATE_RESPONSE = 0x01, 0x08
DLMS_VERSION = 6
_CONFORMANCE_TAG = bytes((0x5F, 0x1F))
_LN_VAA_NAME = 0x0007
_SN_VAA_NAME = 0xFA00
SMALLEST_PDU = 12
"""Octets; a client that takes only shorter APDUs is refused."""


class InitiateError(IntEnum):
    """Why xDLMS-Initiate is refused (ServiceError, initiate)."""

    OTHER = 0
    DLMS_VERSION_TOO_LOW = 1
    INCOMPATIBLE_CONFORMANCE = 2
    PDU_SIZE_TOO_SHORT = 3


class Conformance(IntFlag):
    """Bit n of the conformance block is 1 << (23 − n) here."""

    ACTION = 1 << 0
    EVENT_NOTIFICATION = 1 << 1
    SELECTIVE_ACCESS = 1 << 2
    SET = 1 << 3
    GET = 1 << 4
    DATA_NOTIFICATION = 1 << 7
    MULTIPLE_REFERENCES = 1 << 9
    BLOCK_TRANSFER_WITH_ACTION = 1 << 10
    BLOCK_TRANSFER_WITH_SET = 1 << 11
    BLOCK_TRANSFER_WITH_GET = 1 << 12
    GENERAL_BLOCK_TRANSFER = 1 << 21
    GENERAL_PROTECTION = 1 << 22


SERVICES = (
    Conformance.GET
    | Conformance.SET
    | Conformance.ACTION
    | Conformance.SELECTIVE_ACCESS
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.BLOCK_TRANSFER_WITH_GET
    | Conformance.BLOCK_TRANSFER_WITH_SET
    | Conformance.BLOCK_TRANSFER_WITH_ACTION
)
"""The services that a client proposes and a server offers by default."""


@dataclass(frozen=True)
class Initiate:
    """Services, and the largest APDU in octets that the sender of the message can receive; 0 is no limit.

    A client may propose a dedicated key, which is for this association alone, and a DLMS `version` of its own.
    """

    conformance: Conformance
    max_pdu: int
    dedicated_key: bytes | None = field(default=None, repr=False)
    version: int = DLMS_VERSION


def encode_request(initiate: Initiate) -> bytes:
    """The InitiateRequest, without a quality of service."""
    key = initiate.dedicated_key
    dedicated = b"\x00" if key is None else b"\x01" + encode_length(len(key)) + key
    return bytes((INITIATE_REQUEST,)) + dedicated + bytes((0, 0, DLMS_VERSION)) + _common(initiate)


def decode_request(octets: bytes) -> Initiate:
    """The request. Raises MalformedData if it is not an InitiateRequest."""
    reader = Reader(octets)
    if reader.octet() != INITIATE_REQUEST:
        raise MalformedData("not an InitiateRequest")
    dedicated_key = reader.take(reader.length()) if reader.octet() else None
    for _ in ("response-allowed", "proposed-quality-of-service"):
        if reader.octet():
            reader.octet()
    version = reader.octet()
    return replace(_read_common(reader), dedicated_key=dedicated_key, version=version)


def encode_response(initiate: Initiate) -> bytes:
    """The InitiateResponse, for logical name referencing."""
    return bytes((INITIATE_RESPONSE, 0, DLMS_VERSION)) + _common(initiate) + _LN_VAA_NAME.to_bytes(2)


def encode_error(error: InitiateError) -> bytes:
    """The ConfirmedServiceError that refuses a request."""
    return bytes((CONFIRMED_SERVICE_ERROR, 1, 6, error))


def decode_response(octets: bytes) -> Initiate:
    """What the meter grants.

    Raises:
        AssociationRefused: the meter responds with a ConfirmedServiceError.
        AssociationRefused: `short-names`, if the meter speaks short name referencing.
        MalformedData: neither of the two.
    """
    reader = Reader(octets)
    choice = reader.octet()
    if choice == CONFIRMED_SERVICE_ERROR:
        raise AssociationRefused(diagnostic=refusal(octets) or "")
    if choice != INITIATE_RESPONSE:
        raise MalformedData("not an InitiateResponse")
    if reader.octet():
        reader.octet()
    if reader.octet() != DLMS_VERSION:
        raise MalformedData("unsupported DLMS version")
    initiate = _read_common(reader)
    vaa_name = int.from_bytes(reader.take(2))
    reader.end()
    if vaa_name == _SN_VAA_NAME:
        raise AssociationRefused("short name referencing", code="short-names")
    return initiate


def _common(initiate: Initiate) -> bytes:
    conformance = _CONFORMANCE_TAG + bytes((4, 0)) + int(initiate.conformance).to_bytes(3)
    return conformance + initiate.max_pdu.to_bytes(2)


def _read_common(reader: Reader) -> Initiate:
    if reader.octet() != _CONFORMANCE_TAG[0]:
        raise MalformedData("malformed conformance block")
    length = reader.octet()
    if length == _CONFORMANCE_TAG[1]:  # meters are in service that leave it out
        length = reader.octet()
    if (length, reader.octet()) != (4, 0):
        raise MalformedData("malformed conformance block")
    conformance = Conformance(int.from_bytes(reader.take(3)) & _KNOWN)
    return Initiate(conformance, int.from_bytes(reader.take(2)))


_KNOWN = sum(Conformance)
