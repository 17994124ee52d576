"""Runs one exchange at a time over one connection: connect, exchange APDUs, release, disconnect."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from agent.dlms.acse import apdus as acse
from agent.dlms.client.channel import ApduChannel
from agent.dlms.client.events import Closed, Event, Failed, Traced
from agent.dlms.client.exchange import ApduRequest, Exchange
from agent.dlms.client.link import ApduLink
from agent.dlms.hdlc.events import LinkDown, LinkEvent, LinkFailed, LinkUp, SegmentReceived
from agent.domain.errors import AssociationRefused, EplusError, LocalProtocolError, RemoteProtocolError

_BARREN = 3
"""How many times as long a request may take as it is given, while the meter is heard and no piece of an answer comes:
a busy meter says so frame after frame, and a noisy line may hold what looks like the head of a frame."""

Conclude = Callable[[Any], Event]
"""Makes the event that ends an operation from what its exchange returned."""


class _Phase(Enum):
    IDLE = auto()
    CONNECTING = auto()
    EXCHANGING = auto()
    RELEASING = auto()
    DISCONNECTING = auto()


class ExchangeRunner:
    """Ends each operation with one event to `on_event`.

    An operation ends at its deadline, unless the meter is heard: then that moves on, so that it is as many seconds
    after the last sign of the meter as it was after the beginning; see `_BARREN` for its bound. Only closing ends at
    its deadline in any case. `received` is how many octets of answers the operation has brought so far.

    Times are monotonic seconds. Starting an operation while another is under way raises LocalProtocolError.
    """

    def __init__(self, link: ApduLink, channel: ApduChannel, on_event: Callable[[Event], None]) -> None:
        self._link, self._channel, self._on_event = link, channel, on_event
        self._phase = _Phase.IDLE
        self.received = 0
        self._deadline: float | None = None
        self._allowed, self._last_piece = 0.0, 0.0
        self._exchange: Exchange[Any] | None = None
        self._conclude: Conclude | None = None

    # ── operations ──

    def connect(self, exchange: Exchange[Any], conclude: Conclude, now: float, deadline: float) -> None:
        """Connects, then runs the exchange that makes the association."""
        self._begin(_Phase.CONNECTING, deadline, now)
        self._exchange, self._conclude = exchange, conclude
        self._channel.granted = None
        self._link.connect(now)
        self.follow(now)

    def run(self, exchange: Exchange[Any], conclude: Conclude, now: float, deadline: float) -> None:
        """Runs the exchange of a service."""
        self._begin(_Phase.EXCHANGING, deadline, now)
        if not self._link.is_connected:
            self._fail(RemoteProtocolError("the meter disconnected by itself", code="connection-ended"))
            return
        self._exchange, self._conclude = exchange, conclude
        try:
            self._advance(None, now)
        except EplusError as error:
            self._fail(error)

    def close(self, now: float, deadline: float) -> None:
        """Releases the association, if it still stands, and disconnects; abandons what is under way."""
        can_release = self._phase is _Phase.IDLE and self._channel.granted is not None
        self._exchange = None
        self._phase = _Phase.IDLE
        self._deadline = deadline
        if can_release and self._link.is_connected:
            self._begin(_Phase.RELEASING, deadline, now)
            self._send(ApduRequest(acse.encode_rlrq(), "RLRQ", association=True), now)
        else:
            self._disconnect(now)
            self.follow(now)

    # ── time ──

    def handle_timer(self, now: float) -> None:
        """Gives up at the deadline; else lets the link repeat or give up."""
        end = self._end()
        if end is not None and now >= end and self._phase is not _Phase.IDLE:
            self._link.give_up(now)
        else:
            self._link.handle_timer(now)
        self.follow(now)

    def next_timer(self) -> float | None:
        """When to call `handle_timer` if nothing arrives before; None while nothing is under way."""
        times = [time for time in (self._link.next_timer(), self._end()) if time is not None]
        return min(times) if times and self._phase is not _Phase.IDLE else None

    def _end(self) -> float | None:
        """The deadline, as it stands now."""
        if self._deadline is None or self._phase not in (_Phase.CONNECTING, _Phase.EXCHANGING):
            return self._deadline
        by_signs = min(self._link.last_sign, self._last_piece + (_BARREN - 1) * self._allowed) + self._allowed
        return max(self._deadline, by_signs)

    # ── events of the link ──

    def follow(self, now: float) -> None:
        """Reacts to all events of the link."""
        while (event := self._link.next_event()) is not None:
            try:
                self._react(event, now)
            except EplusError as error:
                self._fail(error)
        if self._channel.waits_for_more and self._link.is_at_rest:
            self._link.await_more(now)

    def _react(self, event: LinkEvent, now: float) -> None:
        if self._phase is _Phase.IDLE:
            return
        if isinstance(event, LinkFailed):
            self._link_failed(event.error, now)
        elif isinstance(event, LinkDown):
            self._finish(Closed())
        elif isinstance(event, LinkUp):
            self._phase = _Phase.EXCHANGING
            self._advance(None, now)
        elif isinstance(event, SegmentReceived):
            self._last_piece = now
            self.received += len(event.content)
            if (response := self._channel.take(event, now)) is not None:
                self._take_response(response, now)

    def _link_failed(self, error: EplusError, now: float) -> None:
        if self._phase is _Phase.RELEASING:
            self._disconnect(now)
        elif self._phase is _Phase.DISCONNECTING:
            self._finish(Closed())
        else:
            self._fail(error)

    def _take_response(self, response: bytes, now: float) -> None:
        if self._phase is _Phase.RELEASING:
            self._on_event(Traced("←", "RLRE"))
            self._disconnect(now)
        elif self._exchange is not None:
            self._on_event(Traced("←", f"{len(response)} octets" if response else "the end"))
            self._advance(response, now)

    # ── steps ──

    def _advance(self, response: bytes | None, now: float) -> None:
        assert self._exchange is not None and self._conclude is not None
        try:
            request = next(self._exchange) if response is None else self._exchange.send(response)
        except StopIteration as end:
            self._exchange = None
            self._finish(self._conclude(end.value))
        else:
            self._send(request, now)

    def _send(self, request: ApduRequest, now: float) -> None:
        if not self._link.is_connected:
            return  # it failed right behind the last answer: the event that says why is the next one
        self._on_event(Traced("→", request.text))
        self._channel.send(request, now)

    def _disconnect(self, now: float) -> None:
        self._channel.granted = None
        self._phase = _Phase.DISCONNECTING
        self._link.disconnect(now)

    def _begin(self, phase: _Phase, deadline: float, now: float) -> None:
        if self._phase is not _Phase.IDLE:
            raise LocalProtocolError(f"{phase.name} while {self._phase.name}")
        self._phase = phase
        self._deadline = deadline
        self._allowed, self._last_piece = deadline - now, now
        self.received = 0

    def _finish(self, event: Event) -> None:
        self._phase = _Phase.IDLE
        self._deadline = None
        self._on_event(event)

    def _fail(self, error: EplusError) -> None:
        """After a broken rule, the two sides may disagree on their state: then only closing makes sense."""
        self._exchange = None
        self._channel.waits_for_more = False
        if isinstance(error, AssociationRefused | RemoteProtocolError):
            self._channel.granted = None
            self._on_event(Traced("←", error.detail or error.code))
        self._finish(Failed(error))
