"""The tablet with much that waits: sending it to SMM, and showing it, each beside the same with nothing around it."""

import asyncio
import json
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright
from sqlite_utils import Database

from agent.api.agent_info import agent_info
from agent.api.hub import Hub, notification
from agent.api.jobs import JOBS_SHOWN, pending_jobs
from agent.api.probes import LinkState
from agent.api.state import PageState
from agent.api.sync import SyncInfo
from agent.domain.exchange import MAX_BATCH
from agent.domain.sample import USERS
from agent.drivers.system_clock import SystemClock
from agent.smm.sample import init
from agent.store import Store, jobs
from agent.store.database import FILE_NAME
from agent.sync import SmmClient, Sync
from tests import browsers
from tests.bench.figure import Figure
from tests.smm.serving import served
from tests.store.samples import NOW, new_job, settlement
from tests.webui.scenes.queue import many
from tests.webui.scenes.scene import script
from tests.webui.stage import Script, Stage

SENT, FEW, WAITING = 2_000, 200, 10_000
ROUNDS = 2
TECHNICIAN = USERS[0]
KILOBYTE = 1000
_PAINT = """
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  location.hash = "#trabajo";
  while (!document.querySelector('[data-testid="nuevo"]')) await frame();
  const began = performance.now();
  location.hash = "#ejecutado";
  while (!document.querySelector('[data-testid="sync"]')) await frame();
  await frame();
  return performance.now() - began;
}
"""


def drain() -> list[Figure]:
    """All that waits goes to an SMM on SQLite; the peer sends the same batches to an SMM of its own, with httpx and
    sqlite3 alone. Nearly all of the time is SMM's; alternating rounds, the best of each side."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        with _tablet(SENT) as (store, _folder), _smm() as url:
            ours.append(SENT / asyncio.run(_sync(store, url)))
        with _tablet(SENT) as (store, folder), _smm() as url:
            token = asyncio.run(_token(store, url))
            bare.append(SENT / _send_bare(folder / FILE_NAME, url, token))
    return [
        Figure("drain of 2,000", "envelopes/s", max(ours), None, "", 200, "at least", absolute=True),
        Figure("drain beside a bare loop", "envelopes/s", max(ours), max(bare), "httpx, sqlite3", 0.5, "at least"),
        Figure("memory of a drain", "MB", _peak(SENT), _peak(FEW), f"a drain of {FEW}", 1.5, "at most"),
    ]


def lists() -> list[Figure]:
    """What a page gets while 10,000 wait; the peer reads as many rows and writes them as JSON."""
    with _tablet(WAITING) as (store, folder):
        seconds = _best(lambda: [one.model_dump_json() for one in pending_jobs(store)])
        bare = _best(lambda: _list_bare(folder / FILE_NAME))
        snapshot = len(_snapshot(store)) / KILOBYTE
    return [
        Figure("the list, 10,000 waiting", "ms", seconds * 1000, None, "", 100, "at most", absolute=True),
        Figure("the list beside bare rows", "ms", seconds * 1000, bare * 1000, "sqlite3, json", 30, "at most"),
        Figure("the snapshot, 10,000 waiting", "kB", snapshot, None, "", 50, "at most", absolute=True),
        *_paint(),
    ]


def _paint() -> list[Figure]:
    """From the touch on Ejecutado until the list is painted; the peer is the same page with an empty list."""
    how = browsers.find()
    name, peer = "first paint of the list, 10,000 waiting", "an empty list"
    if how is None:
        return [Figure(name, "ms", 0, None, peer, 100, "at most", why="no browser")]
    full, empty = (_milliseconds_to_paint(play, how) for play in (many, partial(script, pending=[])))
    return [Figure(name, "ms", full, empty, peer, 100, "at most", absolute=True)]


def _milliseconds_to_paint(play: Callable[[], Script], how: dict[str, Any]) -> float:
    with sync_playwright() as playwright, closing(Stage()) as stage:
        browser = playwright.chromium.launch(args=browsers.launch_arguments(), **how)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        stage.play(play())
        page.goto(f"{stage.url}#trabajo")
        page.get_by_test_id("nuevo").wait_for()
        took = [float(page.evaluate(_PAINT)) for _ in range(ROUNDS + 3)]
        browser.close()
    return min(took)


def _peak(waiting: int) -> float:
    """Megabytes that a run takes at most, beyond what was there before."""
    with _tablet(waiting) as (store, _folder), _smm() as url:
        tracemalloc.start()
        asyncio.run(_sync(store, url))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak / KILOBYTE**2


@contextmanager
def _tablet(waiting: int) -> Iterator[tuple[Store, Path]]:
    with tempfile.TemporaryDirectory() as name:
        store = Store.open(Path(name))

        def fill(db: Database) -> None:
            for number in range(waiting):
                job = f"job-{number:05}"
                jobs.create(db, new_job(job, NOW + timedelta(seconds=number)))
                jobs.start(db, job, NOW)
                jobs.settle(db, job, settlement(store.identity, job, TECHNICIAN.username))

        store.writer.submit(fill).result(300)
        try:
            yield store, Path(name)
        finally:
            store.close()


@contextmanager
def _smm() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        database = f"sqlite:///{name}/smm.sqlite"
        init(database, sample=True)
        with served(database, workers=None) as port:
            yield f"http://127.0.0.1:{port}"


async def _sync(store: Store, url: str) -> float:
    """Seconds of one run."""
    async with SmmClient(url) as client:
        sync = Sync(store, client, SystemClock(), "tablet of the bench")
        await sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
        began = time.perf_counter()
        await sync.run()
        seconds = time.perf_counter() - began
    if sync.state.waiting or sync.state.refused:
        raise RuntimeError(f"{sync.state.waiting} wait, {sync.state.refused} are refused")
    return seconds


async def _token(store: Store, url: str) -> str:
    async with SmmClient(url) as client:
        sync = Sync(store, client, SystemClock(), "tablet of the bench")
        await sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
        return sync.session.token()


# ── the peers ──


def _send_bare(file: Path, url: str, token: str) -> float:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = FULL")
    rows = "SELECT key, envelope FROM outbox WHERE state = 'waiting' ORDER BY sequence LIMIT ?"
    began = time.perf_counter()
    with httpx.Client(base_url=url, timeout=60) as client:
        while batch := connection.execute(rows, [MAX_BATCH]).fetchall():
            body = f'{{"envelopes":[{",".join(envelope for _, envelope in batch)}]}}'
            answer = client.post("/api/v1/executions", content=body, headers=headers).raise_for_status()
            with connection:
                for receipt in answer.json()["receipts"]:
                    connection.execute("UPDATE outbox SET state = 'received' WHERE key = ?", [receipt["key"]])
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def _list_bare(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        rows = "SELECT id, activity, serial, state, created_at FROM jobs ORDER BY id DESC LIMIT ?"
        return [json.dumps(row) for row in connection.execute(rows, [JOBS_SHOWN])]
    finally:
        connection.close()


def _snapshot(store: Store) -> str:
    state: dict[str, Any] = {"user": None, "job": None, "log": [], "orders": []}
    info = agent_info(Path("/csv"), demo=False)
    link = LinkState(state="idle")
    shown = PageState(agent=info, link=link, pending=pending_jobs(store), sync=SyncInfo(online=True), **state)
    return notification("snapshot", Hub(shown).snapshot())


def _best(work: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest round."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)
