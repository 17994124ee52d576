"""What `eplus simulate` does."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from random import Random

from agent.dlms import ServerSettings
from agent.domain.errors import InputError
from agent.domain.sample import METERS
from agent.domain.serial import parse_serial
from agent.simulator.line import FAST, Line
from agent.simulator.meter import Meter, other_meter, sample_meter
from agent.simulator.tcp_server import serve_tcp


def run_simulator(
    *,
    tcp: str,
    model: str,
    serial: str,
    baud: int,
    turnaround_ms: int,
    fast: bool,
    max_info: int,
    loss: float,
    corrupt: float,
    seed: int,
    say: Callable[[str], None],
) -> None:
    """Serves one simulated meter until Ctrl-C; `say` gets one line when it is ready.

    Raises:
        InputError: the address is none, or cannot be listened on.
    """
    host, port = _host_and_port(tcp)
    meter = meter_of(parse_serial(serial))
    paced = Line(FAST.baud if fast else baud, 0 if fast else turnaround_ms / 1000, loss, corrupt)

    def ready(taken: int) -> None:
        say(f"{model} {meter.serial} listening on tcp://{host}:{taken}")

    serving = serve_tcp(host, port, meter, ServerSettings(max_info=max_info), paced, Random(seed), ready)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serving)
    except OSError:
        raise InputError(code="port-taken", port=port) from None


def meter_of(serial: str) -> Meter:
    """The sample's meter of that serial number, or another one."""
    for sample in METERS:
        if sample.serial == serial:
            return sample_meter(sample, local_now)
    return other_meter(serial, local_now)


def local_now() -> datetime:
    return datetime.now().astimezone()


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise InputError(code="bad-input", field=f"--tcp {text}"[:60])
    return host, int(port)
