"""What `eplus doctor` finds out about this machine: one page that support can read. It changes nothing."""

import asyncio
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from agent.commands.errors import CULTURE
from agent.config import Settings
from agent.domain.errors import EplusError, InputError, RescueNeeded
from agent.domain.words import plain
from agent.drivers.traced_link import new_trace
from agent.link.profile import probe_profiles
from agent.link.radio import Radio
from agent.link.scanner import Found, Scanner
from agent.store.rescue import look
from agent.store.reserve import room_for_jobs

PACKAGES = ("bleak", "pyserial", "cryptography", "flask", "sqlite-utils", "pywebview", "bumble")
FREE_MEGABYTES = 500
WINDOWS_BUILD = 22_000
"""From this one on bleak is documented to work."""

Verdict = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One line of the page. `code` is that of an error, where there is one."""

    part: str
    verdict: Verdict
    text: str
    code: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return asdict(self)


async def examine(settings: Settings, scan_seconds: float) -> AsyncIterator[Finding]:
    """The findings one by one, as they come: a scan takes its time."""
    for finding in (*_program(), *_folder(settings), _store(settings.data), *_profiles(settings)):
        yield finding
    radio = Radio()
    try:
        radio = Radio(profiles=probe_profiles(settings.probes))
    except EplusError:
        pass  # told among the profiles
    async for finding in _around(radio, scan_seconds):
        yield finding
    yield await _loop_back()


def _program() -> list[Finding]:
    system = f"{platform.system()} {platform.release()} {platform.version()}, {platform.machine()}"
    is_old = sys.platform == "win32" and sys.getwindowsversion().build < WINDOWS_BUILD
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return [
        Finding("program", "ok", f"eplus-mobile {_version('eplus-mobile')}, Python {platform.python_version()}"),
        Finding("system", "wrong" if is_old else "ok", system),
        Finding("packages", "ok", packages),
    ]


def _folder(settings: Settings) -> list[Finding]:
    folder = settings.data
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(existing).free >> 20
    room = room_for_jobs(existing)
    trace = new_trace(folder)
    kept = len(trace.text()) >> 10
    return [
        Finding("data", "ok" if free >= FREE_MEGABYTES else "wrong", f"{folder}, {free} MB free"),
        Finding("room for jobs", "ok" if room is None else "wrong", "plenty" if room is None else f"about {room}"),
        Finding("trace", "note" if trace.is_on else "ok", f"{'on' if trace.is_on else 'off'}, {kept} kB kept"),
    ]


def _store(folder: Path) -> Finding:
    try:
        found, counts = look(folder)
    except InputError as error:
        return Finding("store", "ok", "in use" if error.code == "already-running" else "no data yet")
    except EplusError as error:
        return _wrong("store", error)
    if found.verdict == "ask":
        return _wrong("store", RescueNeeded(code=found.code))
    if found.verdict == "mend":
        return Finding("store", "note", f"is mended at the next start: {found.trouble}", "storage-damaged")
    work = f"{counts['jobs']} jobs, {counts['waiting']} envelopes wait for SMM"
    return Finding("store", "ok", f"tablet {found.identity.device_id if found.identity else ''}, {work}")


def _profiles(settings: Settings) -> list[Finding]:
    try:
        titles = ", ".join(profile.title for profile in probe_profiles(settings.probes))
    except EplusError as error:
        return [_wrong("probe profiles", error)]
    return [Finding("probe profiles", "ok", titles)]


async def _around(radio: Radio, seconds: float) -> AsyncIterator[Finding]:
    scanner = Scanner(radio, time.monotonic)
    try:
        await scanner.start()
    except EplusError as error:
        yield _wrong("bluetooth", error)
    else:
        await asyncio.sleep(seconds)
        found = scanner.found()
        await scanner.stop()
        yield Finding("bluetooth", "ok", f"on; {len(found)} devices heard in {seconds:g} s")
        for device in found:
            if device.is_probe:
                yield Finding("probe", "ok", _device(device))
    for paired in await radio.paired():
        yield Finding("paired", "ok", f"{paired.name or 'N/A'} {paired.address}")
    for port in await radio.ports():
        kind = "may carry a probe" if port.may_be_probe else "neither USB nor Bluetooth"
        yield Finding("serial port", "ok", f"{port.device} {port.title or ''}: {kind}")


async def _loop_back() -> Finding:
    """A reading through the real bleak from a simulated Bird: what is wrong then is not the air's fault."""
    if find_spec("bumble") is None:
        return Finding("loop-back", "note", "not tried: the simulated Bird comes with eplus-mobile[demo]")
    began = time.monotonic()
    try:
        serial = await _read_simulated_meter()
    except EplusError as error:
        return _wrong("loop-back", error)
    return Finding("loop-back", "ok", f"read {serial} through a simulated Bird in {time.monotonic() - began:.1f} s")


async def _read_simulated_meter() -> str:
    from agent.domain.activity import Activity
    from agent.domain.exchange import MeterSecret
    from agent.domain.sample import METERS
    from agent.drivers.association import association_of_tablet
    from agent.drivers.choose import DriverParts, driver_for
    from agent.drivers.driver import DriverRequest
    from agent.drivers.session import Watcher
    from agent.drivers.system_clock import SystemClock
    from agent.link.manager import ProbeManager
    from agent.link.status import Wanted
    from agent.meters import load_model
    from agent.simulator.air import VirtualTablet
    from agent.simulator.bird_settings import BirdSettings
    from agent.simulator.command import local_now
    from agent.simulator.meter import sample_meter
    from agent.store.counters import COUNTERS_FILE, Counters

    sample = METERS[0]
    associate = partial(association_of_tablet, secret=MeterSecret(lls_password=sample.lls_password.hex()))
    watcher = Watcher(step=lambda _: None, log=lambda _: None, expert=lambda _: None)
    tablet = await VirtualTablet.create()
    manager = ProbeManager(tablet.radio, time.monotonic, lambda _: None)
    try:
        with tempfile.TemporaryDirectory() as folder:
            parts = DriverParts(Counters(Path(folder) / COUNTERS_FILE), SystemClock(), watcher)
            driver = driver_for(load_model("cerm1"), associate, parts)
            await tablet.add_bird(BirdSettings("BIRD", sample.probe_address, sample_meter(sample, local_now)))
            await manager.connect(Wanted(sample.probe_address))
            async with manager.lease() as link:
                await driver.perform(DriverRequest(Activity.READING, sample.serial), link)
    finally:
        await manager.close()
        await tablet.close()
    return sample.serial


def _device(device: Found) -> str:
    return f"{device.name or 'N/A'} {device.address} {device.signal or 0:.0f} dBm"


def _wrong(part: str, error: EplusError) -> Finding:
    return Finding(part, "wrong", str(plain(error, CULTURE)), error.code)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
