"""A service as a generator: it yields requests, and is sent the APDUs that answer them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

from agent.dlms.xdlms.exception import refusal
from agent.dlms.xdlms.initiate import Conformance, Initiate
from agent.domain.errors import RemoteProtocolError, RemoteRefusal

T = TypeVar("T")


@dataclass(frozen=True)
class Ask:
    """An APDU to send, and how the log calls it.

    `sink` takes the answer in pieces, as soon as they may be believed; the generator is then sent an empty
    APDU. `association` is for APDUs that are never protected, `global_key` for those before a dedicated key is used.
    """

    apdu: bytes
    text: str
    sink: Callable[[bytes], None] | None = None
    association: bool = False
    global_key: bool = False


Exchange = Generator[Ask, bytes, T]


class Granted:
    """What the association allows, and the numbers of its requests."""

    def __init__(self, initiate: Initiate, overhead: int) -> None:
        self.conformance = initiate.conformance
        self.max_pdu = initiate.max_pdu
        self.room = max(1, (initiate.max_pdu or 65535) - overhead)
        self._invoke_id = 0

    def allows(self, service: Conformance) -> bool:
        return service in self.conformance

    def demand(self, service: Conformance) -> None:
        """Raises RemoteRefusal if the meter did not grant that service."""
        if not self.allows(service):
            name = str(service.name).replace("_", " ")
            raise RemoteRefusal(f"not granted: {name}", code="service-not-granted", service=name)

    def next_invoke_id(self) -> int:
        self._invoke_id = self._invoke_id % 15 + 1
        return self._invoke_id


def believed(apdu: bytes) -> bytes:
    """The APDU, unless it refuses the request as a whole.

    Raises:
        RemoteRefusal: exception-response or confirmedServiceError, in words.
        MalformedData: an empty APDU, or a refusal cut short.
    """
    if words := refusal(apdu):
        raise RemoteRefusal(words)
    return apdu


def check_invoke_id(got: int, sent: int) -> None:
    """Raises RemoteProtocolError for the answer to another request."""
    if got != sent:
        raise RemoteProtocolError("answer to another request")
