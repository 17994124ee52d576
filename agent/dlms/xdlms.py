"""The GET service and its answers (IEC 62056-5-3): normal, with a list, and in data blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.dlms.axdr import Data, Reader, encode, encode_length, read_data
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, Obis
from agent.domain.errors import LocalProtocolError, MalformedData

GET_REQUEST, GET_RESPONSE, EXCEPTION_RESPONSE = 0xC0, 0xC4, 0xD8
CONFIRMED_SERVICE_ERROR = 0x0E
NORMAL, NEXT_OR_BLOCK, WITH_LIST = 1, 2, 3
CONFIRMED_HIGH_PRIORITY = 0xC0
DESCRIPTOR_OCTETS = 10
BLOCK_OVERHEAD = 14
"""Octets of a GET.response with a data block around the block itself, at most."""

Result = Data | DataAccessResult


@dataclass(frozen=True)
class GetRequest:
    """One attribute makes it normal, more make it a list."""

    invoke_id: int
    attributes: tuple[AttributeDescriptor, ...]
    as_list: bool


@dataclass(frozen=True)
class GetNext:
    invoke_id: int
    block: int


@dataclass(frozen=True)
class GetResponse:
    invoke_id: int
    results: tuple[Result, ...]
    as_list: bool


@dataclass(frozen=True)
class GetBlock:
    """`content` is a piece of the encoded results, or the reason why there is none."""

    invoke_id: int
    last: bool
    block: int
    content: bytes | DataAccessResult


@dataclass(frozen=True)
class ExceptionResponse:
    state_error: int
    service_error: int

    @property
    def words(self) -> str:
        states = {1: "service-not-allowed", 2: "service-unknown"}
        services = {
            1: "operation-not-possible",
            2: "service-not-supported",
            3: "other-reason",
            4: "pdu-too-long",
            5: "deciphering-error",
            6: "invocation-counter-error",
        }
        return f"{states.get(self.state_error, '?')} {services.get(self.service_error, '?')}"


# ── what a client says ──


def encode_get(request: GetRequest) -> bytes:
    head = bytes((GET_REQUEST, WITH_LIST if request.as_list else NORMAL, CONFIRMED_HIGH_PRIORITY | request.invoke_id))
    count = encode_length(len(request.attributes)) if request.as_list else b""
    return head + count + b"".join(map(_encode_descriptor, request.attributes))


def encode_next(request: GetNext) -> bytes:
    return bytes((GET_REQUEST, NEXT_OR_BLOCK, CONFIRMED_HIGH_PRIORITY | request.invoke_id)) + request.block.to_bytes(4)


def decode_request(apdu: bytes) -> GetRequest | GetNext | None:
    """A GET request; None for a service that we do not serve.

    Raises:
        MalformedData: it is a broken GET request.
    """
    reader = Reader(apdu)
    if reader.octet() != GET_REQUEST:
        return None
    choice, invoke_id = reader.octet(), reader.octet() & 0x0F
    if choice == NEXT_OR_BLOCK:
        block = int.from_bytes(reader.take(4))
        reader.end()
        return GetNext(invoke_id, block)
    if choice not in (NORMAL, WITH_LIST):
        raise MalformedData("unknown GET request")
    count = reader.length() if choice == WITH_LIST else 1
    if count > reader.remaining():
        raise MalformedData("more attributes than octets")
    attributes = tuple(_read_descriptor(reader) for _ in range(count))
    reader.end()
    return GetRequest(invoke_id, attributes, as_list=choice == WITH_LIST)


# ── what a server says ──


def encode_response(response: GetResponse) -> bytes:
    head = bytes(
        (GET_RESPONSE, WITH_LIST if response.as_list else NORMAL, CONFIRMED_HIGH_PRIORITY | response.invoke_id)
    )
    return head + encode_results(response.results, as_list=response.as_list)


def encode_results(results: Sequence[Result], *, as_list: bool) -> bytes:
    """Results as they stand in a response: a choice octet before each, a count before a list."""
    count = encode_length(len(results)) if as_list else b""
    return count + b"".join(map(_encode_result, results))


def encode_block(block: GetBlock) -> bytes:
    head = bytes((GET_RESPONSE, NEXT_OR_BLOCK, CONFIRMED_HIGH_PRIORITY | block.invoke_id, block.last))
    head += block.block.to_bytes(4)
    if isinstance(block.content, DataAccessResult):
        return head + bytes((1, block.content))
    return head + b"\x00" + encode_length(len(block.content)) + block.content


def encode_exception(exception: ExceptionResponse) -> bytes:
    return bytes((EXCEPTION_RESPONSE, exception.state_error, exception.service_error))


def refusal(apdu: bytes) -> str | None:
    """In words, if a meter refuses a request as a whole: exception-response or ConfirmedServiceError; else None.

    Raises:
        MalformedData: it is such a refusal, cut short.
    """
    reader = Reader(apdu)
    kind = reader.octet()
    if kind == EXCEPTION_RESPONSE:
        return f"exception {ExceptionResponse(reader.octet(), reader.octet()).words}"
    if kind == CONFIRMED_SERVICE_ERROR:
        return f"confirmed-service-error {reader.take(3).hex()}"
    return None


def decode_response(apdu: bytes) -> GetResponse | GetBlock:
    """An answer to GET.

    Raises:
        MalformedData: it is none.
    """
    reader = Reader(apdu)
    kind, choice = reader.octet(), reader.octet()
    if kind != GET_RESPONSE or choice not in (NORMAL, NEXT_OR_BLOCK, WITH_LIST):
        raise MalformedData("not an answer to GET")
    invoke_id = reader.octet() & 0x0F
    if choice == NEXT_OR_BLOCK:
        response: GetResponse | GetBlock = _read_block(reader, invoke_id)
    else:
        results = read_results(reader, as_list=choice == WITH_LIST)
        response = GetResponse(invoke_id, results, as_list=choice == WITH_LIST)
    reader.end()
    return response


def read_results(reader: Reader, *, as_list: bool) -> tuple[Result, ...]:
    count = reader.length() if as_list else 1
    if count > reader.remaining():
        raise MalformedData("more results than octets")
    return tuple(_read_result(reader) for _ in range(count))


def decode_block_data(octets: bytes) -> tuple[Result, ...]:
    """The one value that was sent in blocks after a normal GET: data alone, without a choice octet."""
    reader = Reader(octets)
    data = read_data(reader)
    reader.end()
    return (data,)


def decode_block_list(octets: bytes) -> tuple[Result, ...]:
    """The list of results that was sent in blocks after a GET with a list."""
    reader = Reader(octets)
    results = read_results(reader, as_list=True)
    reader.end()
    return results


def _read_block(reader: Reader, invoke_id: int) -> GetBlock:
    last, number, choice = reader.octet(), int.from_bytes(reader.take(4)), reader.octet()
    if choice == 1:
        return GetBlock(invoke_id, bool(last), number, DataAccessResult.of(reader.octet()))
    if choice != 0:
        raise MalformedData("bad data block")
    return GetBlock(invoke_id, bool(last), number, reader.take(reader.length()))


def _read_result(reader: Reader) -> Result:
    choice = reader.octet()
    if choice == 0:
        return read_data(reader)
    if choice != 1:
        raise MalformedData("neither data nor a result")
    return DataAccessResult.of(reader.octet())


def _encode_result(result: Result) -> bytes:
    if isinstance(result, DataAccessResult):
        return bytes((1, result))
    return b"\x00" + encode(result)


def _encode_descriptor(descriptor: AttributeDescriptor) -> bytes:
    if not 0 <= descriptor.class_id <= 0xFFFF or not -128 <= descriptor.attribute <= 127:
        raise LocalProtocolError(f"no such attribute {descriptor}")
    attribute = descriptor.attribute.to_bytes(1, signed=True)
    return descriptor.class_id.to_bytes(2) + bytes(descriptor.obis) + attribute + b"\x00"


def _read_descriptor(reader: Reader) -> AttributeDescriptor:
    class_id = int.from_bytes(reader.take(2))
    obis = Obis.from_octets(reader.take(6))
    attribute = int.from_bytes(reader.take(1), signed=True)
    if reader.octet():
        raise MalformedData("selective access is not served")
    return AttributeDescriptor(class_id, obis, attribute)
