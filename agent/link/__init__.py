"""The edge to a probe: links that carry octets to a meter and back. bleak is imported only when it is needed."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from agent.link.address import BleAddress, LinkAddress, SerialAddress, TcpAddress, parse_link
from agent.link.link import Link
from agent.link.trace import NO_TRACE, Tracer

__all__ = ["BleAddress", "Link", "LinkAddress", "SerialAddress", "TcpAddress", "open_link", "parse_link"]


@contextlib.asynccontextmanager
async def open_link(address: LinkAddress, probes: Path | None = None, tracer: Tracer = NO_TRACE) -> AsyncIterator[Link]:
    """A link to this address, open inside the block, closed after it.

    `probes` is the folder of the utility's own probe profiles.

    Raises:
        LinkError: it cannot be opened.
    """
    link = tracer(_make_link(address, probes))
    await link.open()
    try:
        yield link
    finally:
        await link.close()


def _make_link(address: LinkAddress, probes: Path | None) -> Link:
    if isinstance(address, TcpAddress):
        from agent.link.tcp import TcpLink

        return TcpLink(address)
    if isinstance(address, SerialAddress):
        from agent.link.serial_port import SerialLink

        return SerialLink(address)
    from agent.link.ble import BleLink
    from agent.link.profile import probe_profiles
    from agent.link.radio import Radio

    return BleLink(address, Radio(profiles=probe_profiles(probes)))
