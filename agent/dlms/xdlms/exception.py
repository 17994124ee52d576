"""Refusals of a whole request: ExceptionResponse and ConfirmedServiceError (IEC 62056-5-3:2017)."""

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
_INITIATE = bytes((1, 6))
_INITIATE_ERRORS = ("other", "dlms-version-too-low", "incompatible-conformance", "pdu-size-too-short", "refused")


@dataclass(frozen=True)
class ExceptionResponse:
    """`expected_counter` is the next invocation counter that the meter accepts, if it says so."""

    state_error: int
    service_error: int
    expected_counter: int | None = None

    @property
    def words(self) -> str:
        """State error and service error by name."""
        return f"{_STATES.get(self.state_error, '?')} {_SERVICES.get(self.service_error, '?')}"


def encode_exception(exception: ExceptionResponse) -> bytes:
    """The exception as an APDU."""
    counter = b"" if exception.expected_counter is None else exception.expected_counter.to_bytes(4)
    return bytes((EXCEPTION_RESPONSE, exception.state_error, exception.service_error)) + counter


def refusal(apdu: bytes) -> str | None:
    """A description of the refusal, if the APDU is one; else None.

    Raises:
        MalformedData: a refusal that is cut short, or an empty APDU.
    """
    reader = Reader(apdu)
    kind = reader.octet()
    if kind == EXCEPTION_RESPONSE:
        return f"exception {ExceptionResponse(reader.octet(), reader.octet()).words}"
    if kind == CONFIRMED_SERVICE_ERROR:
        return f"confirmed-service-error {_service_error(reader.take(3))}"
    return None


def _service_error(octets: bytes) -> str:
    """By name where it refuses an association, else its three octets."""
    if octets[:2] == _INITIATE and octets[2] < len(_INITIATE_ERRORS):
        return f"initiate {_INITIATE_ERRORS[octets[2]]}"
    return octets.hex()
