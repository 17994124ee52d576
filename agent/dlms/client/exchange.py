"""A service as a generator: it yields requests, and is sent the response APDUs."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

from agent.dlms.xdlms.exception import refusal
from agent.dlms.xdlms.initiate import Conformance, Initiate
from agent.domain.errors import RemoteProtocolError, RemoteRefusal

T = TypeVar("T")


@dataclass(frozen=True)
class ApduRequest:
    """An APDU to send, and its description for the log.

    `sink` takes the response in pieces as they arrive, each as soon as it is authenticated; the generator is then
    sent an empty APDU. `association` marks APDUs that are never protected, `global_key` those that do not use the
    dedicated key. An empty APDU is not sent: one more response is awaited, as the last one belongs to another request.
    """

    apdu: bytes
    text: str
    sink: Callable[[bytes], None] | None = None
    association: bool = False
    global_key: bool = False


Exchange = Generator[ApduRequest, bytes, T]


class InvokeIds:
    """The invoke ids of a session's requests; they go on after a reconnection, so that no late answer fits."""

    def __init__(self) -> None:
        self._last = 0
        self._unanswered: set[int] = set()

    def next(self) -> int:
        """From 1 to 15, then from 1 again."""
        self._last = self._last % 15 + 1
        self._unanswered.add(self._last)
        return self._last

    def is_of_another(self, received: int, sent: int) -> bool:
        """Whether it is the late answer to an earlier request, to be passed over; true once for each."""
        is_late = received != sent and received in self._unanswered
        self._unanswered.discard(received)
        return is_late


@dataclass
class Lists:
    """How a meter answers lists of attributes: `longest_answered` has brought values, in one request."""

    are_refused: bool = False
    longest_answered: int = 0

    def note_answered(self, length: int) -> None:
        """A list of that length has brought values."""
        self.longest_answered = max(self.longest_answered, length)


class Granted:
    """What the meter granted in the association, and what the session knows of its requests.

    `list_limit` is that of the settings. In octets: `max_pdu` is the longest APDU that the meter can receive, 0 if
    there is no limit; `room` is what remains of it without protection.
    """

    def __init__(
        self, initiate: Initiate, overhead: int, invoke_ids: InvokeIds, lists: Lists, list_limit: int = 0
    ) -> None:
        self.conformance = initiate.conformance
        self.max_pdu = initiate.max_pdu
        self.list_limit = list_limit
        self.room = max(1, (initiate.max_pdu or 65535) - overhead)
        self.invoke_ids, self.lists = invoke_ids, lists

    def allows(self, service: Conformance) -> bool:
        """Whether the meter granted that service."""
        return service in self.conformance

    def require(self, service: Conformance) -> None:
        """Raises RemoteRefusal unless the meter granted that service."""
        if not self.allows(service):
            name = str(service.name).replace("_", " ")
            raise RemoteRefusal(f"not granted: {name}", code="service-not-granted", service=name)

    def next_invoke_id(self) -> int:
        """From 1 to 15, then from 1 again."""
        return self.invoke_ids.next()


def not_refused(apdu: bytes) -> bytes:
    """The APDU, unless it refuses the request as a whole.

    Raises:
        RemoteRefusal: an ExceptionResponse or ConfirmedServiceError, described.
        MalformedData: an empty APDU, or a refusal cut short.
    """
    if description := refusal(apdu):
        raise RemoteRefusal(description)
    return apdu


def check_invoke_id(received: int, sent: int) -> None:
    """Raises RemoteProtocolError for the response to another request."""
    if received != sent:
        raise RemoteProtocolError("response to another request")
