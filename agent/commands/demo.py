"""`eplus demo`, the whole utility on one machine: SMM with sample data, simulated meters and Birds, agent and page."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import click

from agent.commands.errors import plain_errors
from agent.commands.options import DATA, NO_WINDOW, PORT
from agent.compose import Running, run_agent
from agent.config import Settings, read_settings
from agent.domain.errors import SmmUnreachable
from agent.domain.group import MOBILE_GROUP
from agent.domain.sample import METERS, USERS
from agent.link.radio import Radio

SMM_STOP_SECONDS = 10.0


@click.command()
@NO_WINDOW
@PORT
@DATA
@click.option("--fast", is_flag=True, help="Meters answer at once, not at 9,600 baud.")
@plain_errors
def demo(no_window: bool, port: int | None, data: Path | None, fast: bool) -> None:
    """SMM, simulated meters and Birds, the agent and its page, all on this machine."""
    run_demo(data=data, port=port, fast=fast, window=not no_window)


def run_demo(*, data: Path | None, port: int | None, fast: bool, window: bool) -> None:
    """Runs the demo until Ctrl-C. Everything is kept in `data` for the next time.

    Raises:
        InputError: `already-running`, `port-taken`.
    """
    folder = read_settings(data=data).data if data else read_settings().data / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    smm_port = _kept_port(folder / "demo.json")
    config = read_settings(data=folder, smm_url=f"http://127.0.0.1:{smm_port}", port=port)
    with _central_system(folder, smm_port) as smm:

        def ready(running: Running) -> None:
            _wait_until_listening(smm)
            _say(config, running)

        run_agent(config, window=window, make_radio=lambda: _simulated_radio(fast, folder / "meters"), on_ready=ready)


async def _simulated_radio(fast: bool, ledgers: Path) -> tuple[Radio, Callable[[], Awaitable[None]]]:
    """A Bird in front of each meter of the sample, on a virtual radio that the real bleak talks to."""
    from agent.simulator.air import VirtualTablet
    from agent.simulator.bird_settings import BirdSettings
    from agent.simulator.command import local_now
    from agent.simulator.line import FAST, OpticalLine
    from agent.simulator.meter import sample_meter

    tablet = await VirtualTablet.create()
    for distance, sample in enumerate(METERS):
        meter = sample_meter(sample, local_now, ledgers / f"{sample.serial}.jsonl")
        kind = BirdSettings(sample.probe_name, sample.probe_address, meter, FAST if fast else OpticalLine())
        await tablet.add_bird(kind, signal=-48 - 12 * distance)
    return tablet.radio, tablet.close


@contextlib.contextmanager
def _central_system(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """SMM as a process of its own, which ends with this one however this one ends."""
    database = f"sqlite:///{folder / 'smm.sqlite'}"
    smm = [sys.executable, "-m", "agent", "smm"]
    if not (folder / "smm.sqlite").exists():
        subprocess.run([*smm, "init", "--sample", "--database", database], check=True, stdout=subprocess.DEVNULL)
    serve = [*smm, "serve", "--database", database, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*serve, "--until-stdin-closes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.communicate(timeout=SMM_STOP_SECONDS)


def _wait_until_listening(smm: subprocess.Popen[str]) -> None:
    assert smm.stdout is not None
    for line in smm.stdout:
        if line.startswith("listening"):
            return
    raise SmmUnreachable("SMM of the demo did not start")


def _kept_port(file: Path) -> int:
    """SMM's port, drawn once: tablets and open pages go on finding it."""
    if file.exists():
        kept: int = json.loads(file.read_text(encoding="utf-8"))["smm_port"]
        return kept
    with socket.socket() as drawn:
        drawn.bind(("127.0.0.1", 0))
        port: int = drawn.getsockname()[1]
    file.write_text(json.dumps({"smm_port": port}), encoding="utf-8")
    return port


def _say(config: Settings, running: Running) -> None:
    technician = next(user for user in USERS if user.group == MOBILE_GROUP)
    operator = next(user for user in USERS if user.group != MOBILE_GROUP)
    print(
        f"ePlus Mobile demo\n"
        f"  Page    {running.url}\n"
        f"          {technician.username} / {technician.password}\n"
        f"  SMM     {config.smm_url}/\n"
        f"          {operator.username} / {operator.password}\n"
        f"  Meters  {', '.join(meter.serial for meter in METERS)}\n"
        f"  Data    {config.data}\n"
        f"Ctrl-C stops everything.",
        flush=True,
    )
