"""The way to a meter for one command: with this tablet's own probe profiles, and traced where that is turned on."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

from agent.config import PROBES_FOLDER, TRACE_FOLDER
from agent.dlms.hdlc.masking import Masker
from agent.link import Link, LinkAddress, open_link
from agent.link.trace import Trace


def open_traced_link(address: LinkAddress, data: Path) -> AbstractAsyncContextManager[Link]:
    """Open inside the block; `data` is the folder of everything kept. Raises LinkError."""
    return open_link(address, data / PROBES_FOLDER, new_trace(data).traced)


def new_trace(data: Path) -> Trace:
    return Trace(data / TRACE_FOLDER, lambda: datetime.now(UTC), Masker)
