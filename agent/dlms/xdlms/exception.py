"""How a meter refuses a request as a whole: exception-response and confirmedServiceError."""

from dataclasses import dataclass

from agent.dlms.axdr.coding import Reader

EXCEPTION_RESPONSE, CONFIRMED_SERVICE_ERROR = 0xD8, 0x0E

SERVICE_NOT_ALLOWED, SERVICE_UNKNOWN = 1, 2
OPERATION_NOT_POSSIBLE, SERVICE_NOT_SUPPORTED, OTHER_REASON, PDU_TOO_LONG = 1, 2, 3, 4
DECIPHERING_ERROR, INVOCATION_COUNTER_ERROR = 5, 6

_STATES = {SERVICE_NOT_ALLOWED: "service-not-allowed", SERVICE_UNKNOWN: "service-unknown"}
_SERVICES = {
    OPERATION_NOT_POSSIBLE: "operation-not-possible",
    SERVICE_NOT_SUPPORTED: "service-not-supported",
    OTHER_REASON: "other-reason",
    PDU_TOO_LONG: "pdu-too-long",
    DECIPHERING_ERROR: "deciphering-error",
    INVOCATION_COUNTER_ERROR: "invocation-counter-error",
}


@dataclass(frozen=True)
class ExceptionResponse:
    """`expected_counter` is the invocation counter that the meter waits for, where it says so."""

    state_error: int
    service_error: int
    expected_counter: int | None = None

    @property
    def words(self) -> str:
        return f"{_STATES.get(self.state_error, '?')} {_SERVICES.get(self.service_error, '?')}"


def encode_exception(exception: ExceptionResponse) -> bytes:
    counter = b"" if exception.expected_counter is None else exception.expected_counter.to_bytes(4)
    return bytes((EXCEPTION_RESPONSE, exception.state_error, exception.service_error)) + counter


def refusal(apdu: bytes) -> str | None:
    """In words, if the meter refuses the request as a whole; else None.

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
