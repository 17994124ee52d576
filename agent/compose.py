"""The only file that knows every part of the agent: puts real or simulated ones together."""

import asyncio
import contextlib
import platform
import secrets
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agent.api.app import Door, Downloads, create_app
from agent.api.hub import Hub
from agent.api.links import LinkService
from agent.api.messages import AgentInfo, LinkState, PageState, SyncInfo
from agent.api.rpc import methods_of
from agent.api.server import PageServer, take_port
from agent.api.service import Service
from agent.api.views import activity_infos, job_info
from agent.config import Settings
from agent.domain.errors import EplusError
from agent.drivers.system_clock import SystemClock
from agent.drivers.traced_link import new_trace
from agent.jobs.engine import Events, JobEngine
from agent.kiosk.window import open_page
from agent.link.manager import ProbeManager
from agent.link.profile import probe_profiles
from agent.link.radio import Radio
from agent.store import Store, jobs, read_only, settings
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.settings import Setting
from agent.sync.client import SmmClient
from agent.sync.sync import Sync
from agent.sync.watch import Watch

STOP_SECONDS = 10.0

MakeRadio = Callable[[], Awaitable[tuple[Radio, Callable[[], Awaitable[None]]]]]
"""Gives the radio to use, and what closes it. Called on the agent's loop."""


async def platform_radio(probes: Path | None = None) -> tuple[Radio, Callable[[], Awaitable[None]]]:
    """The operating system's own Bluetooth. `probes` is the folder of the utility's own probe profiles."""

    async def nothing_to_close() -> None:
        return

    return Radio(profiles=probe_profiles(probes)), nothing_to_close


@dataclass(frozen=True)
class Running:
    """What a running agent tells of itself: `url` carries the launch token."""

    url: str
    port: int


def run_agent(
    config: Settings,
    *,
    window: bool,
    kiosk: bool = False,
    make_radio: MakeRadio | None = None,
    on_ready: Callable[[Running], None] | None = None,
) -> None:
    """Runs the agent until Ctrl-C, SIGTERM, or the window is closed.

    Raises:
        InputError: `already-running`, `port-taken`.
        StoreError: its memory cannot be opened.
    """
    stop = threading.Event()
    with _signals_set(stop), _agent(config, make_radio or partial(platform_radio, config.probes)) as running:
        (on_ready or _say_address)(running)
        page = open_page(running.url, config.data / "window", fullscreen=kiosk) if window else None
        _wait(stop, page)


def pending_jobs(config: Settings) -> list[dict[str, Any]]:
    """What SMM has not received yet, as plain JSON; the agent may be running beside."""
    with read_only(config.data) as db:
        return [job_info(record).model_dump(mode="json", exclude_none=True) for record in jobs.pending(db)]


# ── the agent, from top to bottom ────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def _agent(config: Settings, make_radio: MakeRadio) -> Iterator[Running]:
    store = Store.open(config.data)
    try:
        port, token = _port_and_token(store)
        listener = take_port(config.port or port)
        taken: int = listener.getsockname()[1]
        if port is None and config.port is None:
            _keep(store, Setting.PORT, str(taken))
        with _loop_thread() as loop, _rooms(loop, store, config, make_radio) as (hub, service):
            downloads = Downloads(service.csv_of_job, service.rows_of_job)
            methods = methods_of(service, service.orders, service.links)
            app = create_app(hub, methods, loop, Door(taken, token), downloads)
            server = PageServer(app, listener)
            server.start()
            try:
                yield Running(f"http://127.0.0.1:{taken}/?token={token}", taken)
            finally:
                hub.close()
                server.stop()
    finally:
        store.close()


@contextlib.contextmanager
def _rooms(
    loop: asyncio.AbstractEventLoop, store: Store, config: Settings, make_radio: MakeRadio
) -> Iterator[tuple[Hub, Service]]:
    """The rooms that live on the loop, made and closed there."""
    living = _live(store, config, make_radio)
    rooms = asyncio.run_coroutine_threadsafe(living.__aenter__(), loop).result()
    try:
        yield rooms
    finally:
        asyncio.run_coroutine_threadsafe(living.__aexit__(None, None, None), loop).result(STOP_SECONDS)


@contextlib.asynccontextmanager
async def _live(store: Store, config: Settings, make_radio: MakeRadio) -> AsyncIterator[tuple[Hub, Service]]:
    clock = SystemClock()
    await store.write(lambda db: jobs.interrupt_running(db, clock.now()))
    radio, close_radio = await make_radio()
    hub = Hub(_first_state(config, radio))
    service = Service(store, hub, clock, config.csv_folder)
    client = SmmClient(config.smm_url)
    links = LinkService(store, hub, clock)
    probe = ProbeManager(radio, clock.monotonic, links.on_probe, tracer=new_trace(config.data).traced)
    sync = Sync(store, client, clock, platform.node(), service.on_sync)
    counters = Counters(config.data / COUNTERS_FILE)
    events = Events(service.on_progress, service.on_unsaved, service.on_log, service.on_fetched)
    engine = JobEngine(store, counters, probe, clock, events, config.models)
    watch = Watch(sync, clock)
    links.wire(probe, sync)
    service.wire(engine, links, sync, watch)
    tasks = [asyncio.create_task(watch.run()), asyncio.create_task(_reconnect(links))]
    try:
        yield hub, service
    finally:
        await engine.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await sync.close()
        await probe.close()
        await close_radio()
        await client.close()


async def _reconnect(links: LinkService) -> None:
    with contextlib.suppress(EplusError):
        await links.reconnect_last()


def _first_state(config: Settings, radio: Radio) -> PageState:
    info = AgentInfo(
        version=version("eplus-mobile"),
        demo=radio.simulated,
        csv_folder=str(config.csv_folder),
        activities=activity_infos(),
    )
    link = LinkState(state="idle", simulated=radio.simulated)
    return PageState(
        agent=info, user=None, link=link, job=None, log=[], pending=[], orders=[], sync=SyncInfo(online=None)
    )


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────


def _port_and_token(store: Store) -> tuple[int | None, str]:
    """The port drawn at the first start, None before; and the token that lets the page in."""
    with store.read() as db:
        port = settings.get_number(db, Setting.PORT)
        token = settings.get(db, Setting.LAUNCH_TOKEN)
    if token is None:
        token = secrets.token_urlsafe(24)
        _keep(store, Setting.LAUNCH_TOKEN, token)
    return port, token


def _keep(store: Store, name: Setting, value: str) -> None:
    store.writer.submit(lambda db: settings.put(db, name, value)).result()


@contextlib.contextmanager
def _loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """The one event loop, in a thread of its own: it owns Bluetooth, the engine and sync."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="agent-loop")
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextlib.contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set the event, instead of breaking in anywhere."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(stop: threading.Event, page: subprocess.Popen[bytes] | None) -> None:
    """Until told to stop, or the window is gone. Short waits, as Windows cannot break into a long one."""
    while not stop.wait(0.2):
        if page is not None and page.poll() is not None:
            return
    if page is not None:
        page.terminate()
        page.wait(STOP_SECONDS)


def _say_address(running: Running) -> None:
    print(f"ePlus Mobile   {running.url}\nCtrl-C stops it.", flush=True)
