"""What every way to a meter offers: five verbs."""

from typing import Protocol


class Link(Protocol):
    """Octets to and from a meter. One owner at a time; errors are `LinkError`s."""

    @property
    def name(self) -> str:
        """How a person calls it, e.g. `BIRD-0695` or `tcp://127.0.0.1:4059`."""

    async def open(self) -> None:
        """Gets ready to read and write. Raises LinkUnavailable or LinkNotFound."""

    async def write(self, data: bytes) -> None:
        """Sends octets, in pieces as the link needs them. Raises LinkLost."""

    async def read(self, timeout: float) -> bytes:
        """What has come, in order; empty after `timeout` seconds of silence. Raises LinkLost."""

    async def set_baud(self, baud: int) -> None:
        """Changes the rate of the line behind the link, once all octets are out; nothing where there is none."""

    async def close(self) -> None:
        """Lets go within a few seconds; may be called again."""
