"""The link that a command opens: with the utility's own probe profiles, and traced where tracing is turned on."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

from agent.config import PROBES_FOLDER, TRACE_FOLDER
from agent.dlms.hdlc.masking import Masker
from agent.dlms.wrapper.masking import WrapperMasker
from agent.link import Link, LinkAddress, open_link
from agent.link.trace import Trace, TraceMasker


def open_traced_link(address: LinkAddress, data: Path) -> AbstractAsyncContextManager[Link]:
    """A link that is open inside the block; `data` is the program's data folder. Raises LinkError."""
    masker = WrapperMasker if address.transport.wrapper else Masker
    return open_link(address, data / PROBES_FOLDER, new_trace(data, masker).traced)


def new_trace(data: Path, new_masker: Callable[[], TraceMasker] = Masker) -> Trace:
    """What traces links into a file below the data folder, with secrets masked."""
    return Trace(data / TRACE_FOLDER, lambda: datetime.now(UTC), new_masker)
