"""A client's session with a meter: connect, associate, read, write, invoke, release. No I/O, no clock.

The caller carries octets both ways and passes monotonic seconds as `now`. One operation is under way at a
time; each ends with its event, or with `Failed`, at its deadline at the latest.
"""

from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any

from agent.dlms.acse import association as acse
from agent.dlms.axdr.coding import Data
from agent.dlms.client.association import associate
from agent.dlms.client.channel import ApduChannel
from agent.dlms.client.events import (
    ActionResults,
    Closed,
    Event,
    Failed,
    GetResult,
    Opened,
    Rows,
    RowsEnd,
    SetResult,
    Traced,
)
from agent.dlms.client.exchange import Ask, Exchange, Granted
from agent.dlms.client.services import invoke, read, write
from agent.dlms.client.settings import AssociationSettings
from agent.dlms.client.streaming import stream
from agent.dlms.cosem.names import AttributeDescriptor, MethodDescriptor
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.client import ClientLink
from agent.dlms.hdlc.events import LinkDown, LinkEvent, LinkFailed, LinkUp, SegmentReceived
from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.hdlc.states import HdlcState
from agent.dlms.profile_buffer.rows import RowStream
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.keys import InvocationCounter, protection_overhead
from agent.domain.errors import (
    AssociationRefused,
    EplusError,
    InputError,
    LocalProtocolError,
    RemoteProtocolError,
)


class _Doing(Enum):
    NOTHING = auto()
    CONNECTING = auto()
    EXCHANGING = auto()
    RELEASING = auto()
    DISCONNECTING = auto()


class ClientSession:
    """See the module's text. Raises LocalProtocolError where an operation does not fit the state.

    `counter` and `random` (octets) are needed for HLS and for ciphering.
    """

    def __init__(
        self,
        settings: AssociationSettings,
        counter: InvocationCounter | None = None,
        random: Callable[[int], bytes] | None = None,
    ) -> None:
        self._settings = settings
        self._random = random
        self._security = _security(settings, counter, random)
        size, window = settings.max_info, settings.window
        self._link = ClientLink(
            Address(settings.client_sap),
            Address(settings.server_sap, settings.physical, settings.address_size),
            LinkParameters(size, size, window, window),
            settings.times,
            self._trace,
        )
        self._channel = ApduChannel(self._link, settings, self._security)
        self._events: deque[Event] = deque()
        self._doing = _Doing.NOTHING
        self._deadline: float | None = None
        self._exchange: Exchange[Any] | None = None
        self._conclude: Callable[[Any], Event] = GetResult

    # ── operations ──

    def open(self, now: float, deadline: float) -> None:
        """Connects and associates; ends with `Opened`."""
        self._begin(_Doing.CONNECTING, deadline)
        self._channel.granted = None
        self._link.connect(now)

    def get(self, attributes: Sequence[AttributeDescriptor], now: float, deadline: float) -> None:
        """Reads attributes, with one request where the meter takes a list; ends with `Answer`."""
        self._run(read(tuple(attributes), self._granted()), GetResult, now, deadline)

    def set(self, values: Sequence[tuple[AttributeDescriptor, Data]], now: float, deadline: float) -> None:
        """Writes attributes, with one request where the meter takes a list; ends with `Written`."""
        attributes, data = tuple(name for name, _ in values), tuple(value for _, value in values)
        self._run(write(attributes, data, self._granted()), SetResult, now, deadline)

    def act(self, methods: Sequence[tuple[MethodDescriptor, Data | None]], now: float, deadline: float) -> None:
        """Invokes methods, with one request where the meter takes a list; ends with `Invoked`."""
        names, parameters = tuple(name for name, _ in methods), tuple(given for _, given in methods)
        self._run(invoke(names, parameters, self._granted()), ActionResults, now, deadline)

    def rows(self, buffer: AttributeDescriptor, columns: int, now: float, deadline: float) -> None:
        """Reads the buffer of a profile with so many columns: `Rows` as they come in, then `RowsEnd`."""
        rows = RowStream(columns)

        def feed(octets: bytes) -> None:
            if whole := rows.feed(octets):
                self._events.append(Rows(tuple(whole)))

        def conclude(refused: Any) -> Event:
            if refused is None:
                rows.finish()
            return RowsEnd(refused)

        self._run(stream(buffer, feed, self._granted()), conclude, now, deadline)

    def close(self, now: float, deadline: float) -> None:
        """Releases and disconnects, also after an error; ends with `Closed`."""
        can_release = self._doing is _Doing.NOTHING and self._channel.granted is not None
        self._exchange = None
        self._doing = _Doing.NOTHING
        self._deadline = deadline
        if can_release and self._link.state is HdlcState.CONNECTED:
            self._begin(_Doing.RELEASING, deadline)
            self._ask(Ask(acse.encode_rlrq(), "RLRQ", association=True), now)
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
        if self._channel.waits_for_more and self._link.is_at_rest:
            self._link.await_more(now)

    def _react(self, event: LinkEvent, now: float) -> None:
        if self._doing is _Doing.NOTHING:
            return
        if isinstance(event, LinkFailed):
            self._link_failed(event.error, now)
        elif isinstance(event, LinkDown):
            self._finish(Closed())
        elif isinstance(event, LinkUp):
            self._associate(now)
        elif isinstance(event, SegmentReceived) and (answer := self._channel.take(event, now)) is not None:
            self._answered(answer, now)

    def _link_failed(self, error: EplusError, now: float) -> None:
        if self._doing is _Doing.RELEASING:
            self._disconnect(now)
        elif self._doing is _Doing.DISCONNECTING:
            self._finish(Closed())
        else:
            self._fail(error)

    def _answered(self, answer: bytes, now: float) -> None:
        if self._doing is _Doing.RELEASING:
            self._trace("←", "RLRE")
            self._disconnect(now)
        elif self._exchange is not None:
            self._trace("←", f"{len(answer)} octets" if answer else "the end")
            self._go_on(answer, now)

    # ── operations under way ──

    def _associate(self, now: float) -> None:
        def opened(initiate: Any) -> Event:
            self._channel.granted = Granted(initiate, protection_overhead(self._settings.security))
            return Opened(initiate.conformance, initiate.max_pdu)

        self._doing = _Doing.EXCHANGING
        self._exchange = associate(self._settings, self._security, self._random or _no_random)
        self._conclude = opened
        self._go_on(None, now)

    def _run(self, exchange: Exchange[Any], conclude: Callable[[Any], Event], now: float, deadline: float) -> None:
        self._begin(_Doing.EXCHANGING, deadline)
        if self._link.state is not HdlcState.CONNECTED:
            self._fail(RemoteProtocolError("the meter disconnected by itself"))
            return
        self._exchange, self._conclude = exchange, conclude
        try:
            self._go_on(None, now)
        except EplusError as error:
            self._fail(error)

    def _go_on(self, answer: bytes | None, now: float) -> None:
        assert self._exchange is not None
        try:
            ask = next(self._exchange) if answer is None else self._exchange.send(answer)
        except StopIteration as end:
            self._exchange = None
            self._finish(self._conclude(end.value))
        else:
            self._ask(ask, now)

    def _ask(self, ask: Ask, now: float) -> None:
        self._trace("→", ask.text)
        self._channel.ask(ask, now)

    def _disconnect(self, now: float) -> None:
        self._channel.granted = None
        self._doing = _Doing.DISCONNECTING
        self._link.disconnect(now)

    def _granted(self) -> Granted:
        if self._channel.granted is None:
            raise LocalProtocolError("no association")
        return self._channel.granted

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
        """After a broken rule, the two ends may stand at different places: only closing makes sense then."""
        self._exchange = None
        self._channel.waits_for_more = False
        if isinstance(error, AssociationRefused | RemoteProtocolError):
            self._channel.granted = None
        self._finish(Failed(error))

    def _trace(self, direction: str, text: str) -> None:
        self._events.append(Traced(direction, text))


def _security(
    settings: AssociationSettings, counter: InvocationCounter | None, random: Callable[[int], bytes] | None
) -> SecurityContext | None:
    if settings.mechanism.is_hls and random is None:
        raise InputError("no source of randomness", code="bad-keys")
    if settings.security is None:
        return None
    if counter is None or random is None:
        raise InputError("no invocation counter", code="bad-keys")
    return SecurityContext(settings.security, counter, random)


def _no_random(_count: int) -> bytes:
    raise LocalProtocolError("no source of randomness")
