"""The only file that knows every part of the agent: puts real or simulated ones together."""

import asyncio
import contextlib
import platform
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agent.api.agent_info import agent_info
from agent.api.app import Downloads, create_app
from agent.api.entrance import Entrance, entrance, keep_address
from agent.api.exporting import ExportMethods
from agent.api.hub import Hub
from agent.api.job_files import JobFiles
from agent.api.jobs import JobListeners, JobMethods, JobNews, job_info
from agent.api.meters import MeterMethods
from agent.api.orders import OrderMethods
from agent.api.probes import LinkState, ProbeMethods, ProbeNews
from agent.api.refused import RefusedMethods
from agent.api.results import ResultMethods
from agent.api.rpc import Method, methods_of
from agent.api.sessions import PageSession
from agent.api.state import PageState
from agent.api.sync import SyncInfo, SyncMethods, sync_info
from agent.config import Settings
from agent.domain.errors import EplusError, RescueNeeded
from agent.drivers.system_clock import SystemClock
from agent.drivers.traced_link import new_trace
from agent.jobs.engine import JobEngine
from agent.jobs.events import Events
from agent.jobs.meter_access import MeterAccess
from agent.kiosk.window import open_page
from agent.link.manager import ProbeManager
from agent.link.profile import probe_profiles
from agent.link.radio import Radio
from agent.process import loop_thread, on_loop, signals_set, wait_for_end
from agent.store import Store, jobs, read_only
from agent.store.counters import COUNTERS_FILE, Counters
from agent.sync.client import SmmClient
from agent.sync.state import SyncState
from agent.sync.sync import Sync
from agent.sync.tls import require_address, tls_context
from agent.sync.watch import Watch

SECONDS_TO_LOOK = 60.0
"""How long a new outcome stays in Ejecutado for the technician to see, before it is sent by itself."""

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
        InputError: `already-running`, `port-taken`; an address of SMM, or proofs of it, that cannot be used.
        StoreError: its memory cannot be opened.
    """
    require_address(config.smm_url)
    tls_context(config.smm_ca, config.smm_pin)
    stop = threading.Event()
    make_radio = make_radio or partial(platform_radio, config.probes)
    with signals_set(stop), contextlib.ExitStack() as ends:
        store = _open(config, ends)
        way_in = ends.enter_context(entrance(config, store))
        if store is not None:
            ends.enter_context(_agent(store, config, make_radio, way_in))
        way_in.server.start()
        (on_ready or _say_address)(Running(way_in.url, way_in.door.port))
        page = open_page(way_in.url, config.data / "window", fullscreen=kiosk) if window else None
        while store is None:
            wait_for_end(stop, page, way_in.choice.made)
            if not way_in.choice.made.is_set():
                return
            store = _open(config, ends)
            way_in.choice.made.clear()
            if store is not None:
                ends.enter_context(_agent(store, config, make_radio, way_in))
        wait_for_end(stop, page)


def pending_jobs(config: Settings) -> list[dict[str, Any]]:
    """What SMM has not received yet, as plain JSON; the agent may be running beside."""
    with read_only(config.data) as db:
        return [job_info(record).model_dump(mode="json", exclude_none=True) for record in jobs.pending(db)]


# ── the agent, from top to bottom ────────────────────────────────────────────────────────────────


def _open(config: Settings, ends: contextlib.ExitStack) -> Store | None:
    """The store, closed at the end; None if a person has to decide what becomes of it."""
    try:
        store = Store.open(config.data)
    except RescueNeeded:
        return None
    ends.callback(store.close)
    return store


@contextlib.contextmanager
def _agent(store: Store, config: Settings, make_radio: MakeRadio, way_in: Entrance) -> Iterator[None]:
    keep_address(store, config, way_in.door)
    with loop_thread() as loop, on_loop(loop, _live(store, config, make_radio)) as page:
        way_in.server.show(create_app(page.hub, page.methods, loop, way_in.door, page.downloads))
        try:
            yield
        finally:
            page.hub.close()
            way_in.server.stop()


@dataclass(frozen=True)
class _Page:
    """What the web server serves."""

    hub: Hub
    methods: dict[str, Method]
    downloads: Downloads


@dataclass(frozen=True)
class _Rooms:
    """The rooms of the running agent, each complete from its constructor on."""

    probe: ProbeManager
    sync: Sync
    watch: Watch
    engine: JobEngine


@contextlib.asynccontextmanager
async def _live(store: Store, config: Settings, make_radio: MakeRadio) -> AsyncIterator[_Page]:
    """The rooms that live on the loop, made and closed there."""
    clock = SystemClock()
    await store.write(lambda db: jobs.interrupt_running(db, clock.now()))
    radio, close_radio = await make_radio()
    client = SmmClient(config.smm_url, tls=tls_context(config.smm_ca, config.smm_pin))
    hub = Hub(_first_state(config, radio))
    probe_news = ProbeNews(store, hub.link, simulated=radio.simulated)
    rooms, job_news = _rooms(store, config, clock, radio, client, hub, probe_news)
    session = PageSession(rooms.sync, hub.user)
    probe_methods = ProbeMethods(store, clock, session, rooms.probe, probe_news)
    results = ResultMethods(store, session, JobFiles(store, config.csv_folder))
    methods = methods_of(
        hub,
        session,
        probe_methods,
        results,
        JobMethods(store, clock, rooms.sync.time, session, rooms.engine, job_news),
        RefusedMethods(store, clock, session, rooms.sync, job_news),
        OrderMethods(store, clock, session, rooms.sync, rooms.engine, hub.orders),
        MeterMethods(store, session),
        SyncMethods(rooms.sync),
        ExportMethods(store, clock, config.csv_folder),
    )
    tasks = [asyncio.create_task(rooms.watch.run()), asyncio.create_task(_restore(probe_methods))]
    try:
        yield _Page(hub, methods, Downloads(results.csv, results.rows))
    finally:
        await _close(rooms, tasks)
        await close_radio()
        await client.close()


def _rooms(
    store: Store,
    config: Settings,
    clock: SystemClock,
    radio: Radio,
    client: SmmClient,
    hub: Hub,
    probe_news: ProbeNews,
) -> tuple[_Rooms, JobNews]:
    """Each room gets what it tells of, so the order is: the page's news, sync, watch, engine."""
    probe = ProbeManager(radio, clock.monotonic, probe_news.on_probe, tracer=new_trace(config.data).traced)

    def on_sync(state: SyncState) -> None:
        hub.sync(sync_info(state))
        job_news.show_lists()

    def settled() -> None:
        sync.refresh()
        watch.hold(SECONDS_TO_LOOK)

    job_news = JobNews(store, JobListeners(hub.job, hub.log, hub.pending, hub.orders, settled))
    sync = Sync(store, client, clock, platform.node(), on_sync)
    watch = Watch(sync, clock)
    events = Events(job_news.on_progress, job_news.on_unsaved, job_news.on_log, job_news.on_fetched)
    access = MeterAccess(store, Counters(config.data / COUNTERS_FILE), probe, clock, config.models)
    engine = JobEngine(store, access, clock, events)
    on_sync(sync.state)
    return _Rooms(probe, sync, watch, engine), job_news


async def _close(rooms: _Rooms, tasks: list[asyncio.Task[None]]) -> None:
    await rooms.engine.close()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await rooms.sync.close()
    await rooms.probe.close()


async def _restore(probes: ProbeMethods) -> None:
    with contextlib.suppress(EplusError):
        await probes.restore()


def _first_state(config: Settings, radio: Radio) -> PageState:
    return PageState(
        agent=agent_info(config.csv_folder, demo=radio.simulated),
        user=None,
        link=LinkState(state="idle", simulated=radio.simulated),
        job=None,
        log=[],
        pending=[],
        orders=[],
        sync=SyncInfo(online=None),
    )


def _say_address(running: Running) -> None:
    print(f"ePlus Mobile   {running.url}\nCtrl-C stops it.", flush=True)
