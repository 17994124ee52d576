"""What a session needs of whatever carries its APDUs."""

from typing import Protocol

from agent.dlms.hdlc.events import LinkEvent


class ApduLink(Protocol):
    """Octets in, events out; `now` is monotonic seconds. At most one APDU is awaited at a time."""

    @property
    def is_connected(self) -> bool:
        """Whether APDUs can be sent."""

    @property
    def is_at_rest(self) -> bool:
        """Whether `await_more` is needed for one more APDU."""

    def connect(self, now: float) -> None:
        """`LinkUp` follows, or `LinkFailed`."""

    def send(self, apdu: bytes, now: float) -> None:
        """Sends an APDU; its answer arrives as `SegmentReceived` events."""

    def await_more(self, now: float) -> None:
        """Awaits one more APDU, without a request."""

    def disconnect(self, now: float) -> None:
        """`LinkDown` follows, or `LinkFailed`."""

    @property
    def last_sign(self) -> float:
        """When octets of the meter last came that cannot be noise; -inf at first."""

    def give_up(self, now: float) -> None:
        """Stops waiting: `LinkFailed`."""

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets that arrived."""

    def handle_timer(self, now: float) -> None:
        """To be called at the time that `next_timer` returned."""

    def next_timer(self) -> float | None:
        """When to call `handle_timer` if nothing arrives before."""

    def data_to_send(self) -> bytes:
        """Octets to send, each given once."""

    def next_event(self) -> LinkEvent | None:
        """The oldest event that was not taken yet."""
