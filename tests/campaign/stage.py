"""Two tablets, SMM ePlus and a simulated meter, the same at the beginning of each case."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.serving import make_server

from agent.domain.activity import Activity
from agent.domain.errors import EplusError
from agent.domain.sample import METERS, USERS
from agent.domain.transport import PLAIN_HDLC, Transport
from agent.jobs.engine import JobEngine
from agent.jobs.events import Events
from agent.jobs.meter_access import MeterAccess
from agent.jobs.request import JobRequest
from agent.link import Link
from agent.simulator.ledger import Ledger
from agent.simulator.meter import SimulatedMeter
from agent.simulator.session import MeterSession, new_session
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.keys import KeyBox
from agent.smm.models import UndecidedOutcome, WorkOrder
from agent.smm.orders import creating, ending
from agent.smm.orders.decisions import decide
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people.requester import Requester
from agent.smm.sample import init
from agent.store import Store, jobs
from agent.store.counters import COUNTERS_FILE, Counters
from agent.store.jobs import JobRecord
from agent.store.reserve import FILE_NAME
from agent.sync import LoggedIn, SmmClient, Sync
from tests.campaign.faults import Fault
from tests.campaign.line import SETTINGS, FaultyLine, TabletClock, World
from tests.sync.servers import running

SERIAL, TECHNICIAN = METERS[0].serial, USERS[0]
WITHOUT_RESERVE = shutil.ignore_patterns(FILE_NAME)
"""Copies of a tablet's folder; it makes a new reserve by itself."""
AMOUNT_WH = 123_456
"""Of the charge that the sample has ordered."""
_OPERATOR = Requester("ripa", "Chile")
_ORDERS = (
    WorkOrderRequest(Activity.CHANGE, (SERIAL,), tariff="Chile_THR_Tariff", contract="Contract_10000"),
    WorkOrderRequest(Activity.PREPAY_CONFIG, (SERIAL,), profile="Prepago residencial"),
)


@dataclass(frozen=True)
class Login:
    """What a login left in a tablet's memory."""

    user: LoggedIn
    token: str


class Killed(Exception):
    """The program was stopped, as by `kill -9`."""


class Stage:
    """The template of all cases, and the place where SMM answers; one for each process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._app: Any = None
        self.orders: dict[Activity, int] = {}
        self.logins: dict[str, Login] = {}

    @contextmanager
    def ready(self) -> Iterator["Stage"]:
        with running(make_server("127.0.0.1", 0, lambda *call: self._app(*call), threaded=True)) as url:
            self.url = url
            asyncio.run(self._make_template())
            yield self

    async def _make_template(self) -> None:
        template = self.folder / "template"
        template.mkdir(parents=True)
        url = _database_url(template)
        init(url, sample=True)
        with Database(url).begin() as session:
            keys = KeyBox.for_database(url)
            charge = select(WorkOrder.id).where(
                WorkOrder.serial == SERIAL, WorkOrder.activity == Activity.CREDIT_CHARGE.value
            )
            self.orders[Activity.CREDIT_CHARGE] = session.scalars(charge).one()
            for request in _ORDERS:
                (self.orders[request.activity],) = creating.create(session, keys, request, _OPERATOR, utc_now())
        self._app = create_app(url)
        for name in ("first", "second"):
            store = Store.open(template / name)
            async with SmmClient(self.url) as client:
                sync = Sync(store, client, TabletClock(World(datetime.now(UTC))), name)
                user = await sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
                if name == "first":
                    await sync.orders.claim(self.orders.values(), sync.session.token())
                await sync.run()
                self.logins[name] = Login(user, sync.session.token())
            store.close()

    def copy_to(self, folder: Path) -> None:
        """The state that every case begins with."""
        shutil.copytree(self.folder / "template", folder, ignore=WITHOUT_RESERVE)

    def smm_on(self, folder: Path) -> "Smm":
        url = _database_url(folder)
        self._app = create_app(url)
        return Smm(Database(url), self.orders)


@dataclass
class Smm:
    """SMM ePlus, and the people who work at it."""

    database: Database
    orders: dict[Activity, int]

    def hand_out_again(self, activity: Activity) -> None:
        with self.database.begin() as session:
            order = session.get_one(WorkOrder, self.orders[activity])
            assert order.lease_until is not None
            ending.hand_out_again(order, order.lease_until)

    def decide(self, *, applied: bool) -> int:
        """A person looks at the meter, and says how it is. Returns how often that was needed."""
        with self.database.begin() as session:
            waiting = session.scalars(select(UndecidedOutcome).where(UndecidedOutcome.decision.is_(None))).all()
            for outcome in waiting:
                decide(session, outcome, "applied" if applied else "not-applied", "seen", "ripa", utc_now())
            return len(waiting)

    def says(self, activity: Activity) -> list[str]:
        """States of all orders of that activity at the meter: SMM's own, or those made on a tablet."""
        with self.database.begin() as session:
            query = select(WorkOrder).where(WorkOrder.activity == activity.value, WorkOrder.serial == SERIAL)
            own = self.orders.get(activity)
            return [order.state for order in session.scalars(query) if own is None or order.id == own]


@dataclass
class Tablet:
    """The real store, engine and sync on one folder, over the line that `line_of` makes."""

    name: str
    folder: Path
    world: World
    meter: "MeterAtHand"
    clock: TabletClock
    fault: Fault | None = None
    line: FaultyLine | None = None
    mode_e: bool = False
    transport: Transport = PLAIN_HDLC
    writes: int = 0
    _hung: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> "Tablet":
        self.store = Store.open(self.folder)
        events = Events(self._on_progress, lambda _record, _error: self._ended.set(), lambda _lines, _reset: None)
        counters = Counters(self.folder / COUNTERS_FILE)
        self.engine = JobEngine(self.store, MeterAccess(self.store, counters, self, self.clock), self.clock, events)
        await self.store.write(lambda db: jobs.interrupt_running(db, self.clock.now()))
        self._count_writes()
        return self

    def require_connected(self) -> None:
        return

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Link]:
        self.line = FaultyLine(self.world, self.meter.session, self.meter.restart, self.fault)
        self.line.hung = self._hung
        yield self.line

    async def do(self, request: JobRequest, fault: Fault | None = None) -> None:
        """Any job, to its end. Raises Killed."""
        await self._strike(fault, lambda: self.engine.start(request))

    async def recover(self, job: str, fault: Fault | None = None) -> None:
        """CHECK METER. Raises Killed."""
        await self._strike(fault, lambda: self.engine.recover(job))

    async def after_kill(self) -> "Tablet":
        """A new program on the disk as the old one left it, which itself can do nothing more."""
        left = self.folder.with_name(self.folder.name + "-")
        shutil.copytree(self.folder, left, ignore=WITHOUT_RESERVE)
        self.store.close()
        if self.line is not None:
            self.line.is_lost = True
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        return await replace(
            self, folder=left, fault=None, line=None, writes=0, _hung=asyncio.Event(), _ended=asyncio.Event()
        ).open()

    async def close(self) -> None:
        with contextlib.suppress(EplusError, asyncio.CancelledError):
            await self.engine.close()
        self.store.close()

    def records(self) -> list[JobRecord]:
        """Oldest first."""
        with self.store.read() as db:
            names = [row["id"] for row in db.query("SELECT id FROM jobs ORDER BY rowid")]
            return [jobs.get(db, name) for name in names]

    @asynccontextmanager
    async def online(self, stage: Stage) -> AsyncIterator[Sync]:
        async with SmmClient(stage.url) as client:
            sync = Sync(self.store, client, self.clock, self.name)
            login = stage.logins[self.name]
            sync.session.user, sync.session._token = login.user, login.token
            yield sync

    async def _strike(self, fault: Fault | None, begin: Callable[[], Awaitable[JobRecord]]) -> None:
        self.fault, self.writes = fault, 0
        self._ended.clear()
        begun = asyncio.ensure_future(begin())
        async with asyncio.timeout(60):
            while not (begun.done() and (begun.exception() or (self._ended.is_set() and self.engine.is_idle))):
                if self._hung.is_set():
                    begun.cancel()
                    raise Killed
                await asyncio.sleep(0)
        self.fault = None
        await begun

    def _on_progress(self, record: JobRecord, _step: object) -> None:
        if record.state not in ("queued", "running"):
            self._ended.set()

    def _count_writes(self) -> None:
        write = self.store.write

        async def counted(transaction: Any) -> Any:
            number, self.writes = self.writes, self.writes + 1
            await self._stop("kill-before-write", number)
            done = await write(transaction)
            await self._stop("kill-after-write", number)
            return done

        self.store.write = counted  # type: ignore[method-assign]

    async def _stop(self, kind: str, place: int) -> None:
        if self.fault is not None and (self.fault.kind, self.fault.place) == (kind, place):
            self._hung.set()
            await asyncio.Event().wait()


class MeterAtHand:
    """A simulated meter that can be restarted; its ledger is a file, which outlives that."""

    def __init__(self, make: Callable[[Ledger], SimulatedMeter], file: Path) -> None:
        self._make, self._file = make, file
        self.restart()

    def session(self) -> MeterSession:
        return new_session(SETTINGS, self.meter)

    def restart(self) -> None:
        self.meter = self._make(Ledger(self._file))


def _database_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'smm.sqlite'}"
