"""A client's session with a meter: connect, associate, read, release. No I/O, no clock.

The caller carries octets both ways and passes monotonic seconds as `now`. One operation is under way at a
time; each ends with its event, or with `Failed`, at its deadline at the latest.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from agent.dlms import acse, initiate, xdlms
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult
from agent.dlms.hdlc.address import Address, AddressSize
from agent.dlms.hdlc.client import ApduReceived, ClientLink, LinkDown, LinkEvent, LinkFailed, LinkUp
from agent.dlms.hdlc.parameters import MAX_INFO, MIN_INFO, LinkParameters
from agent.dlms.hdlc.states import LinkState
from agent.domain.errors import (
    AssociationRefused,
    EplusError,
    LocalProtocolError,
    MalformedData,
    NoAnswer,
    RemoteProtocolError,
    RemoteRefusal,
)

MAX_BLOCK_DATA = 1 << 20
"""Octets of one value sent in blocks; a longer one is not believed."""


@dataclass(frozen=True)
class AssociationSettings:
    """Whom to talk to, and how. Sizes in octets, times in seconds.

    `physical` is the lower HDLC address; it needs an `address_size` of 2 or 4.
    """

    client_sap: int = 16
    server_sap: int = 1
    physical: int = 0
    address_size: AddressSize = 1
    authentication: Literal["none", "lls"] = "none"
    secret: bytes | None = field(default=None, repr=False)
    max_info: int = 128
    max_pdu: int = 65535
    response_timeout: float = 3.0
    resends: int = 1

    def __post_init__(self) -> None:
        if not MIN_INFO <= self.max_info <= MAX_INFO or not 0 <= self.max_pdu <= 0xFFFF:
            raise LocalProtocolError(f"sizes out of range: {self.max_info}, {self.max_pdu}")


@dataclass(frozen=True)
class Opened:
    """The association stands: what it allows, and the meter's largest APDU in octets (0 is no limit)."""

    conformance: initiate.Conformance
    max_pdu: int


@dataclass(frozen=True)
class Answer:
    """A value or a reason for each attribute asked for, in order."""

    values: tuple[xdlms.Result, ...]


@dataclass(frozen=True)
class Closed:
    pass


@dataclass(frozen=True)
class Failed:
    error: EplusError


@dataclass(frozen=True)
class Traced:
    """For the expert's log; never holds a secret. `direction` is `→` or `←`."""

    direction: str
    text: str


Event = Opened | Answer | Closed | Failed | Traced


class _Doing(Enum):
    NOTHING = auto()
    CONNECTING = auto()
    ASSOCIATING = auto()
    READING = auto()
    RELEASING = auto()
    DISCONNECTING = auto()


class ClientSession:
    """See the module's text. Raises LocalProtocolError where an operation does not fit the state."""

    def __init__(self, settings: AssociationSettings) -> None:
        self._settings = settings
        own = LinkParameters(transmit_info=settings.max_info, receive_info=settings.max_info)
        self._link = ClientLink(
            Address(settings.client_sap),
            Address(settings.server_sap, settings.physical, settings.address_size),
            own,
            settings.response_timeout,
            settings.resends,
            self._trace,
        )
        self._events: deque[Event] = deque()
        self._doing = _Doing.NOTHING
        self._granted: initiate.Initiate | None = None
        self._deadline: float | None = None
        self._invoke_id = 0
        self._todo: deque[xdlms.GetRequest] = deque()
        self._results: list[xdlms.Result] = []
        self._current: xdlms.GetRequest | None = None
        self._blocks = bytearray()
        self._block_number = 0

    # ── operations ──

    def open(self, now: float, deadline: float) -> None:
        """Connects and associates; ends with `Opened`."""
        self._begin(_Doing.CONNECTING, deadline)
        self._link.connect(now)

    def get(self, attributes: Sequence[AttributeDescriptor], now: float, deadline: float) -> None:
        """Reads attributes, with one request where the meter takes a list; ends with `Answer`."""
        if self._granted is None:
            raise LocalProtocolError("no association")
        self._begin(_Doing.READING, deadline)
        self._results = []
        if self._link.state is not LinkState.CONNECTED:
            self._fail(RemoteProtocolError("the meter disconnected by itself"))
            return
        self._todo.extend(self._requests(tuple(attributes)))
        self._next_request(now)

    def close(self, now: float, deadline: float) -> None:
        """Releases and disconnects, also after an error; ends with `Closed`."""
        self._todo.clear()
        self._deadline = deadline
        can_release = self._doing is _Doing.NOTHING and self._granted is not None
        self._doing = _Doing.NOTHING
        if can_release and self._link.state is LinkState.CONNECTED:
            self._begin(_Doing.RELEASING, deadline)
            self._say("RLRQ", acse.encode_rlrq(), now)
        else:
            self._disconnect(now)

    # ── octets and time ──

    def receive(self, data: bytes, now: float) -> None:
        self._link.receive(data, now)
        self._follow(now)

    def handle_timer(self, now: float) -> None:
        if self._deadline is not None and now >= self._deadline and self._doing is not _Doing.NOTHING:
            self._link.give_up()
        else:
            self._link.handle_timer(now)
        self._follow(now)

    def next_timer(self) -> float | None:
        """When to call `handle_timer`, if nothing comes before; None while nothing is under way."""
        times = [time for time in (self._link.next_timer(), self._deadline) if time is not None]
        return min(times) if times and self._doing is not _Doing.NOTHING else None

    def data_to_send(self) -> bytes:
        return self._link.data_to_send()

    def next_event(self) -> Event | None:
        return self._events.popleft() if self._events else None

    # ── what the link says ──

    def _follow(self, now: float) -> None:
        while (event := self._link.next_event()) is not None:
            try:
                self._react(event, now)
            except EplusError as error:
                self._fail(error)

    def _react(self, event: LinkEvent, now: float) -> None:
        if self._doing is _Doing.NOTHING:
            return
        if isinstance(event, LinkFailed):
            self._link_failed(event.error, now)
        elif isinstance(event, LinkDown):
            self._finish(Closed())
        elif isinstance(event, LinkUp):
            self._associate(now)
        elif isinstance(event, ApduReceived):
            self._apdu(event.apdu, now)

    def _link_failed(self, error: EplusError, now: float) -> None:
        if self._doing is _Doing.RELEASING:
            self._disconnect(now)
        elif self._doing is _Doing.DISCONNECTING:
            self._finish(Closed())
        else:
            self._fail(error)

    def _apdu(self, apdu: bytes, now: float) -> None:
        if self._doing is _Doing.ASSOCIATING:
            self._associated(apdu)
        elif self._doing is _Doing.READING:
            self._take_answer(apdu, now)
        elif self._doing is _Doing.RELEASING:
            self._trace("←", "RLRE")
            self._disconnect(now)

    # ── association ──

    def _associate(self, now: float) -> None:
        self._doing = _Doing.ASSOCIATING
        settings = self._settings
        wish = initiate.encode_request(initiate.Initiate(initiate.READING, settings.max_pdu))
        aarq = acse.encode_aarq(settings.authentication, settings.secret, wish)
        self._say(f"AARQ authentication={settings.authentication}", aarq, now)

    def _associated(self, apdu: bytes) -> None:
        if refusal := xdlms.refusal(apdu):
            raise AssociationRefused(diagnostic=refusal)
        response = acse.decode_aare(apdu)
        self._trace("←", f"AARE {'accepted' if response.accepted else 'refused'} {response.diagnostic}")
        if not response.accepted:
            raise AssociationRefused(diagnostic=response.diagnostic)
        self._granted = initiate.decode_response(response.user_information)
        self._finish(Opened(self._granted.conformance, self._granted.max_pdu))

    def _disconnect(self, now: float) -> None:
        self._granted = None
        self._doing = _Doing.DISCONNECTING
        self._link.disconnect(now)

    # ── reading ──

    def _requests(self, attributes: tuple[AttributeDescriptor, ...]) -> list[xdlms.GetRequest]:
        assert self._granted is not None
        with_list = initiate.Conformance.MULTIPLE_REFERENCES in self._granted.conformance
        room = (self._granted.max_pdu or 65535) - 5
        size = max(1, room // xdlms.DESCRIPTOR_OCTETS) if with_list else 1
        chunks = [attributes[at : at + size] for at in range(0, len(attributes), size)]
        return [xdlms.GetRequest(self._next_invoke_id(), chunk, as_list=len(chunk) > 1) for chunk in chunks]

    def _next_invoke_id(self) -> int:
        self._invoke_id = self._invoke_id % 15 + 1
        return self._invoke_id

    def _next_request(self, now: float) -> None:
        if not self._todo:
            self._finish(Answer(tuple(self._results)))
            return
        self._current = self._todo.popleft()
        self._blocks.clear()
        self._block_number = 0
        names = ", ".join(map(str, self._current.attributes))
        self._say(f"GET {names}", xdlms.encode_get(self._current), now)

    def _take_answer(self, apdu: bytes, now: float) -> None:
        if refusal := xdlms.refusal(apdu):
            self._trace("←", refusal)
            raise RemoteRefusal(refusal)
        response = xdlms.decode_response(apdu)
        assert self._current is not None
        if response.invoke_id != self._current.invoke_id:
            raise RemoteProtocolError("answer to another request")
        if isinstance(response, xdlms.GetBlock):
            self._take_block(response, now)
        else:
            self._take_results(response.results, now)

    def _take_block(self, block: xdlms.GetBlock, now: float) -> None:
        assert self._current is not None
        if isinstance(block.content, DataAccessResult):
            raise RemoteRefusal(f"data block refused: {block.content.words}")
        if block.block != self._block_number + 1:
            raise RemoteProtocolError("data block out of order")
        self._block_number = block.block
        self._blocks += block.content
        if len(self._blocks) > MAX_BLOCK_DATA:
            raise MalformedData("value too long")
        self._trace("←", f"GET response block {block.block}, {len(block.content)} octets")
        if not block.last:
            following = xdlms.GetNext(self._current.invoke_id, block.block)
            self._say(f"GET next block {block.block}", xdlms.encode_next(following), now)
        elif self._current.as_list:
            self._take_results(xdlms.decode_block_list(bytes(self._blocks)), now)
        else:
            self._take_results(xdlms.decode_block_data(bytes(self._blocks)), now)

    def _take_results(self, results: tuple[xdlms.Result, ...], now: float) -> None:
        assert self._current is not None
        if len(results) != len(self._current.attributes):
            raise MalformedData("another number of results than asked for")
        self._trace("←", f"GET response, {len(results)} results")
        self._results.extend(results)
        self._next_request(now)

    # ── helpers ──

    def _begin(self, what: _Doing, deadline: float) -> None:
        if self._doing is not _Doing.NOTHING:
            raise LocalProtocolError(f"{what.name} while {self._doing.name}")
        self._doing = what
        self._deadline = deadline

    def _finish(self, event: Event) -> None:
        self._doing = _Doing.NOTHING
        self._deadline = None
        self._events.append(event)

    def _fail(self, error: EplusError) -> None:
        self._todo.clear()
        if isinstance(error, NoAnswer | AssociationRefused | MalformedData | RemoteProtocolError):
            self._granted = None
        self._finish(Failed(error))

    def _say(self, text: str, apdu: bytes, now: float) -> None:
        self._trace("→", text)
        self._link.send(apdu, now)

    def _trace(self, direction: str, text: str) -> None:
        self._events.append(Traced(direction, text))
