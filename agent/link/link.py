"""What every way to a meter offers: five verbs; and what the way to a probe offers besides."""

import asyncio
from typing import Literal, Protocol

Led = Literal["red", "green"]


class Link(Protocol):
    """Octets to and from a meter. One owner at a time; errors are `LinkError`s."""

    @property
    def name(self) -> str:
        """How a person calls it, e.g. `BIRD-0695` or `tcp://127.0.0.1:4059`."""

    async def open(self) -> None:
        """Gets ready to read and write. Raises LinkUnavailable, LinkNotFound, or another LinkError."""

    async def write(self, data: bytes) -> None:
        """Sends octets, in pieces as the link needs them. Raises LinkLost."""

    async def read(self, timeout: float) -> bytes:
        """What has come, in order; empty after `timeout` seconds of silence. Raises LinkLost."""

    async def set_baud(self, baud: int) -> None:
        """Changes the rate of the line behind the link, once all octets are out; nothing where there is none."""

    async def close(self) -> None:
        """Lets go within a few seconds; may be called again, and while somebody reads: that one gets LinkLost."""


class ProbeLink(Link, Protocol):
    """A link that the probe manager keeps."""

    @property
    def lost(self) -> asyncio.Event:
        """Set when the connection is gone, however it went; it does not come back."""

    @property
    def led(self) -> Led | None:
        """What the probe says of its LED; None if it does not."""

    @property
    def keep_alive_seconds(self) -> float | None:
        """How often `keep_alive` is to be called while nothing else goes on."""

    async def keep_alive(self) -> None:
        """Keeps an idle probe awake, and touches nothing at the meter."""
