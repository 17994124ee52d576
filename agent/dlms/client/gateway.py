"""A device behind a gateway: its header before every request, and only answers that carry it back."""

from collections.abc import Callable

from agent.dlms.client.link import ApduLink
from agent.dlms.hdlc.events import LinkEvent, LinkFailed, SegmentReceived
from agent.dlms.wrapper.gateway import (
    REQUEST,
    RESPONSE,
    GatewayHeader,
    begins_with_header,
    encode_gateway_header,
    split_header,
)
from agent.dlms.xdlms.exception import CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE
from agent.domain.errors import NoAnswer, RemoteProtocolError
from agent.domain.transport import GatewayAddress

_REFUSALS = (EXCEPTION_RESPONSE, CONFIRMED_SERVICE_ERROR)
"""What a gateway may say for itself. Any other APDU without a header could be of any meter, and is set aside."""


class GatewayLink:
    """An `ApduLink` over another one. What comes from other devices is set aside and traced, and the answer awaited."""

    def __init__(self, link: ApduLink, device: GatewayAddress, trace: Callable[[str, str], None]) -> None:
        self._link, self._device, self._trace = link, device, trace
        self._header = encode_gateway_header(GatewayHeader(REQUEST, device))
        self._beginning = bytearray()
        self._takes: bool | None = None
        self._set_aside = False
        self._now = 0.0
        self.connect, self.disconnect, self.give_up = link.connect, link.disconnect, link.give_up
        self.await_more, self.data_to_send = link.await_more, link.data_to_send
        self.handle_timer, self.next_timer = link.handle_timer, link.next_timer

    @property
    def is_connected(self) -> bool:
        """See `ApduLink`."""
        return self._link.is_connected

    @property
    def is_at_rest(self) -> bool:
        """See `ApduLink`."""
        return self._link.is_at_rest

    @property
    def last_sign(self) -> float:
        """See `ApduLink`."""
        return self._link.last_sign

    def send(self, apdu: bytes, now: float) -> None:
        """See `ApduLink`. Raises LocalProtocolError."""
        self._beginning.clear()
        self._takes, self._set_aside = None, False
        self._trace("→", f"to {self._device} behind the gateway")
        self._link.send(self._header + apdu, now)

    def receive(self, data: bytes, now: float) -> None:
        """See `ApduLink`."""
        self._now = now
        self._link.receive(data, now)

    def next_event(self) -> LinkEvent | None:
        """See `ApduLink`."""
        while (event := self._link.next_event()) is not None:
            if not isinstance(event, SegmentReceived):
                return self._told(event)
            if (ours := self._take(event)) is not None:
                return ours
        return None

    def _told(self, event: LinkEvent) -> LinkEvent:
        if self._set_aside and isinstance(event, LinkFailed) and isinstance(event.error, NoAnswer):
            return LinkFailed(RemoteProtocolError("all that came was set aside", code="answer-elsewhere"))
        return event

    def _take(self, segment: SegmentReceived) -> SegmentReceived | None:
        content = segment.content
        if self._takes is None:
            self._beginning += content
            content = self._without_header(segment.last)
        takes = self._takes and (content or segment.last)
        if segment.last:
            self._end()
        return SegmentReceived(content, segment.last) if takes else None

    def _without_header(self, is_whole: bool) -> bytes:
        """What is known of the APDU itself; decides whether it is for us as soon as its header is whole."""
        octets = bytes(self._beginning)
        if not begins_with_header(octets):
            self._takes = octets[0] in _REFUSALS if octets else None
            return octets
        if (split := split_header(octets)) is not None:
            header, octets = split
            self._takes = header == GatewayHeader(RESPONSE, self._device)
            return octets
        if is_whole:
            self._takes = False
        return b""

    def _end(self) -> None:
        if not self._takes:
            self._set_aside = True
            self._trace("←", "not of the device behind the gateway: set aside")
            if self._link.is_at_rest:
                self._link.await_more(self._now)
        self._beginning.clear()
        self._takes = None
