"""What `eplus simulate` does."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal, cast

from agent.dlms import ClientAccess, Conformance, Mechanism, ServerSettings
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import Protection, SuiteId
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import InputError
from agent.domain.sample import METERS
from agent.domain.serial import parse_serial
from agent.domain.transport import GatewayAddress, parse_gateway
from agent.meters.keys import read_keys
from agent.meters.twin.file import read_twin
from agent.meters.twin.model import TwinAccess
from agent.simulator.ledger import Ledger
from agent.simulator.line import FAST, OpticalLine
from agent.simulator.load_profile import Oddity, ProfileKind
from agent.simulator.meter import Model, SimulatedMeter, other_meter, sample_meter
from agent.simulator.profile import Compression
from agent.simulator.quirks import Quirks
from agent.simulator.session import SignOn
from agent.simulator.tcp_server import serve_tcp
from agent.simulator.token_gateway import Options
from agent.simulator.twin.command import run_twin


@dataclass(frozen=True)
class SimulatorOptions:
    """What was chosen on the command line, under the same names. `tcp` is HOST:PORT, `turnaround_ms` milliseconds."""

    tcp: str
    model: Model
    serial: str
    baud: int
    turnaround_ms: int
    fast: bool
    max_info: int
    window: int
    max_pdu: int
    block_size: int | None
    general_blocks: bool
    compression: str
    signon: SignOn
    wrapper: bool
    gateway: tuple[str, ...]
    auth: str | None
    secret_file: Path | None
    keys: Path | None
    suite: str
    security: str
    loss: float
    corrupt: float
    seed: int
    ledger: Path | None
    control_mode: int
    token_gateway: bool
    channels: Literal["2", "4"]
    oddity: str
    twin: Path | None = None
    quirk: tuple[str, ...] = ()


def run_simulator(options: SimulatorOptions, say: Callable[[str], None]) -> None:
    """Serves one simulated meter until Ctrl-C; `say` gets one line when it is ready.

    Raises:
        InputError: the address is not valid or cannot be listened on, the keys do not fit, or there is no such quirk.
    """
    host, port = host_and_port(options.tcp)
    if options.twin is not None:
        twin = read_twin(options.twin)
        run_twin(twin, host, port, local_now, _given(options, twin.access), say, fast=options.fast)
        return
    meter, behind = meter_of(parse_serial(options.serial), options), _behind(options)
    scheme = "tcp+wrapper" if options.wrapper else "tcp"
    quirks = Quirks.named(options.quirk)
    paced = OpticalLine(
        FAST.baud if options.fast else options.baud,
        0 if options.fast else options.turnaround_ms / 1000,
        options.loss,
        options.corrupt,
        quirks.pause,
    )

    def ready(taken: int) -> None:
        say(f"{options.model} {meter.serial} listening on {scheme}://{host}:{taken}")

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background programs with it ignored
    new = partial(quirks.session, _settings(options), meter, options.signon, behind)
    serving = serve_tcp(host, port, new, paced, Random(options.seed), ready)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serving)
    except OSError:
        raise InputError(code="port-taken", port=port) from None


def meter_of(serial: str, options: SimulatorOptions) -> SimulatedMeter:
    """The sample's meter with that serial number, or another one, of the kind that the options describe."""
    known = [sample_meter(sample, local_now) for sample in METERS if sample.serial == serial]
    meter = known[0] if known else other_meter(serial, local_now)
    return replace(
        meter,
        model=options.model,
        compression=Compression(options.compression),
        management=_management(options, meter.lls_password),
        control_mode=options.control_mode,
        profile=ProfileKind(channels=4 if options.channels == "4" else 2, oddity=Oddity(options.oddity)),
        options=Options(gateway=options.token_gateway),
        ledger=Ledger(options.ledger),
    )


def _behind(options: SimulatorOptions) -> dict[GatewayAddress, SimulatedMeter]:
    """The meters behind the gateway, of the same kind as the gateway's own; a ledger of each stands beside its own."""
    meters = {}
    for text in options.gateway:
        address, _, serial = text.rpartition("=")
        ledger = options.ledger and options.ledger.with_stem(f"{options.ledger.stem}-{serial}")
        meters[parse_gateway(address)] = meter_of(parse_serial(serial), replace(options, ledger=ledger))
    return meters


def _management(options: SimulatorOptions, password: bytes) -> ClientAccess:
    """How client 1 gets in."""
    secret = password if options.secret_file is None else options.secret_file.read_bytes().rstrip(b"\r\n")
    security = None
    if options.keys is not None:
        keys = read_keys(options.keys)
        security = SecuritySettings(
            keys.system_title,
            keys.encryption_key,
            keys.authentication_key,
            cast(SuiteId, int(options.suite)),
            Protection.of_words(options.security),
        )
    return ClientAccess(Mechanism.of_words(options.auth or "lls"), secret, security)


def _given(options: SimulatorOptions, recorded: TwinAccess) -> ClientAccess | None:
    """How the client of a twin gets in, where the options say; what they leave out is as it was recorded."""
    if options.keys is None and options.secret_file is None:
        return None
    auth = options.auth or recorded.authentication
    security = recorded.security if options.security == "none" else options.security
    return _management(replace(options, auth=auth, security=security, suite=str(recorded.suite)), b"")


def _settings(options: SimulatorOptions) -> ServerSettings:
    general = Conformance.GENERAL_BLOCK_TRANSFER if options.general_blocks else Conformance(0)
    return ServerSettings(
        max_info=options.max_info,
        window=options.window,
        max_pdu=options.max_pdu,
        block_size=options.block_size,
        conformance=SERVICES | Conformance.GENERAL_PROTECTION | general,
        wrapper=options.wrapper,
    )


def local_now() -> datetime:
    """The present time, with the zone of this machine."""
    return datetime.now().astimezone()


def host_and_port(text: str) -> tuple[str, int]:
    """Where to listen. Raises: InputError, for anything but HOST:PORT."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise InputError(code="bad-input", field=f"address {text}"[:60])
    return host, int(port)
