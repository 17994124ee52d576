"""What every link to a meter offers, and what a link to a probe offers besides."""

import asyncio
from typing import Literal, Protocol

Led = Literal["red", "green"]


class Link(Protocol):
    """Octets to and from a meter. One owner at a time; errors are `LinkError`s."""

    @property
    def name(self) -> str:
        """For people to read, e.g. `BIRD-0695` or `tcp://127.0.0.1:4059`."""

    async def open(self) -> None:
        """Gets ready to read and write. Raises LinkUnavailable, LinkNotFound, or another LinkError."""

    async def write(self, data: bytes) -> None:
        """Sends octets, in pieces as the link needs them. Raises LinkLost."""

    async def read(self, timeout: float) -> bytes:
        """The octets received since the last call, in order; empty after `timeout` seconds of silence.

        Raises:
            LinkLost: nothing more can come.
        """

    async def set_baud(self, baud: int) -> None:
        """Changes the rate of the optical line once all octets are out; does nothing where the link has none.

        Raises:
            LinkError: the rate could not be changed.
        """

    async def close(self) -> None:
        """Closes within a few seconds; may be called again, and during a `read`, which then raises LinkLost."""


class ProbeLink(Link, Protocol):
    """A link that the probe manager keeps connected."""

    @property
    def lost(self) -> asyncio.Event:
        """Set when the connection is gone, for whatever reason; it does not come back."""

    @property
    def led(self) -> Led | None:
        """The colour of the probe's LED; None if the probe does not report it."""

    @property
    def keep_alive_seconds(self) -> float | None:
        """How often `keep_alive` is to be called on an idle link; None for never."""

    async def keep_alive(self) -> None:
        """Keeps an idle probe awake; nothing is sent to the meter."""
