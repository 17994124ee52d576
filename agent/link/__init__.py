"""The edge to a probe: ways to carry octets to a meter and back. Bluetooth is loaded when it is used."""

import contextlib
from collections.abc import AsyncIterator

from agent.link.address import BleAddress, LinkAddress, TcpAddress, parse_link
from agent.link.link import Link

__all__ = ["BleAddress", "Link", "LinkAddress", "TcpAddress", "open_link", "parse_link"]


@contextlib.asynccontextmanager
async def open_link(address: LinkAddress) -> AsyncIterator[Link]:
    """A link to this address, open inside the block, closed after it. Raises LinkError."""
    link = _make_link(address)
    await link.open()
    try:
        yield link
    finally:
        await link.close()


def _make_link(address: LinkAddress) -> Link:
    if isinstance(address, TcpAddress):
        from agent.link.tcp import TcpLink

        return TcpLink(address)
    from agent.link.ble import BleLink
    from agent.link.radio import Radio

    return BleLink(address, Radio())
