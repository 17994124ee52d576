"""Others' meters as meters under test: their programs in environments of their own, over sockets and in real time."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.conformance.ports import Attribute, MeterUnderTest, OverSocket
from tests.interop import peers
from tests.interop.processes import free_port, serving

_PROGRAMS = Path(peers.__file__).with_name("meters")
_SECRET = b"12345678"
_CLIENTS = {"1": {"auth": "lls", "secret": "12345678"}, "2": {"auth": "hls-md5", "secret": "12345678"}}
# Neither has a time-out between octets that could be set; so long a pause shows whether there is any.
_PAUSE = 0.5


@dataclass(frozen=True)
class Peer:
    """`package` is its name on PyPI; `program` serves on the `port` that it is told with these settings."""

    package: str
    program: str
    settings: dict[str, Any]
    declared: MeterUnderTest


def _unconnected() -> OverSocket:
    raise AssertionError("it does not run")


_DECLARED = MeterUnderTest(_unconnected, inter_octet=_PAUSE, password=_SECRET, hashed=_SECRET)
_PYDLMS = Peer(
    "pydlms-client",
    "pydlms_meter.py",
    {"clients": _CLIENTS, "window": 7, "max_info": 256, "max_pdu": 8192, "supply": True},
    replace(
        _DECLARED,
        addresses=((1,), (1, 17), (0, 1, 0, 17)),
        max_info=256,
        long=Attribute(7, (1, 0, 99, 1, 0, 255)),
    ),
)
_GURUX = Peer("gurux-dlms", "gurux_meter.py", {}, replace(_DECLARED, hashed=None))
PEERS = {f"{peer.package} {peers.VERSIONS[peer.package]}": peer for peer in (_PYDLMS, _GURUX)}


@contextlib.contextmanager
def their_meter(peer: Peer) -> Iterator[MeterUnderTest]:
    """It runs, each connection with a session of its own."""
    port = free_port()
    program: list[str | Path] = [
        peers.python(peer.package),
        _PROGRAMS / peer.program,
        json.dumps({"port": port, **peer.settings}),
    ]
    connect: Callable[[], OverSocket] = lambda: OverSocket(port)  # noqa: E731
    with serving(program, port):
        yield replace(peer.declared, connect=connect)
