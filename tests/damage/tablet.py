"""The tablet as the damage campaign knows it: how its program starts, what it tells of losses, how it is rescued.

Only this file knows how that is done in the program.
"""

import asyncio
import contextlib
import importlib
import importlib.util
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from agent.domain.errors import EplusError, StoreError
from agent.domain.words import LANGUAGES, plain
from agent.drivers.system_clock import SystemClock
from agent.store import Store, jobs
from agent.sync import SmmClient, Sync
from tests.faults.central import TECHNICIAN
from tests.faults.workloads import open_store

RESCUE_CODES = ("identity-lost", "rescue-needed", "two-tablets")
MOST_RUNS = 3
_LISTED = 100
_HAS_RESCUE = importlib.util.find_spec("agent.store.rescue") is not None


class RescueNeeded(Exception):
    """The program does not start by itself; its error has words and choices for the technician."""


def start(folder: Path) -> Store:
    """As the agent does it.

    Raises:
        RescueNeeded: it ends in the rescue.
        EplusError, Exception: it does not start, and nobody is told what to do.
    """
    try:
        store = open_store(folder)
    except StoreError as error:
        if error.code in RESCUE_CODES and all(plain(error, language).what for language in LANGUAGES):
            raise RescueNeeded(error.code) from error
        raise
    return store


def rescue(folder: Path) -> Store | None:
    """What a technician would choose: everything that can be saved. None: this program has no rescue yet."""
    if not _HAS_RESCUE:
        return None
    importlib.import_module("agent.store.rescue").start_anew(folder, datetime.now(UTC))
    return start(folder)


def show(store: Store) -> None:
    """What the page asks for at its start. Raises: Exception, if it cannot be shown."""
    with store.read() as db:
        jobs.pending(db)
        jobs.history(db, _LISTED)


def told_lost(store: Store) -> set[int]:
    """Numbers of the envelopes of which technician and SMM are told that they are lost."""
    try:
        with store.read() as db:
            return {row[0] for row in db.execute("SELECT sequence FROM set_aside WHERE sequence IS NOT NULL")}
    except (StoreError, sqlite3.Error):
        return set()


def synchronise(store: Store, url: str) -> EplusError | None:
    """Logs in and touches SYNC until nothing waits, a few times; returns the last error."""
    return asyncio.run(_synchronise(store, url))


def go_on(store: Store, url: str) -> None:
    """What a program does under whose feet the files are damaged: it may fail, and is started again then."""
    with contextlib.suppress(EplusError):
        synchronise(store, url)


async def _synchronise(store: Store, url: str) -> EplusError | None:
    failed: EplusError | None = None
    async with SmmClient(url) as client:
        sync = Sync(store, client, SystemClock(), "tablet that fell")
        for _ in range(MOST_RUNS):
            try:
                if not sync.session.is_open:
                    await sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
                await sync.run()
                failed = None
            except EplusError as error:
                failed = error
            if failed is None and sync.state.waiting == 0:
                break
        await sync.close()
    return failed
