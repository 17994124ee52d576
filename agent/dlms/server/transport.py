"""The one place where a server's way of carrying APDUs is chosen."""

from collections.abc import Callable, Iterable
from typing import Protocol

from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.hdlc.server import ServerLink
from agent.dlms.server.settings import ServerSettings
from agent.dlms.wrapper.server import WrapperServer


class ApduServerLink(Protocol):
    """Octets in, octets out; `now` is monotonic seconds."""

    @property
    def is_connected(self) -> bool:
        """Whether a client is connected now."""

    def apdus_in_a_row(self, octets: int) -> int:
        """How many APDUs of that length may be sent without a request in between; 0 if not even one fits."""

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets from a client."""

    def let_time_pass(self, now: float) -> None:
        """Ends a connection that was silent for too long."""

    def data_to_send(self) -> bytes:
        """Octets to send, each given once."""


def new_server_link(
    settings: ServerSettings, answer: Callable[[int, bytes], Iterable[bytes]], on_released: Callable[[], None]
) -> ApduServerLink:
    """HDLC or the TCP wrapper; `answer` and `on_released` as in each."""
    if settings.wrapper:
        return WrapperServer(settings.server_sap, answer, on_released)
    size, window = settings.max_info, settings.window
    own = LinkParameters(size, size, window, window)
    return ServerLink(
        settings.server_sap,
        settings.physical,
        own,
        settings.inter_octet_timeout,
        answer,
        on_released,
        settings.inactivity_timeout,
    )
