"""What the page can ask for. Every method of `RpcMethod` has its namesake here; all run on the agent's loop."""

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path

from agent.api.asked import parameters_asked
from agent.api.hub import Hub
from agent.api.job_files import JobFiles
from agent.api.links import LinkService
from agent.api.messages import (
    Empty,
    JobId,
    JobInfo,
    JobList,
    JobView,
    Login,
    SavedFile,
    SetCulture,
    Snapshot,
    StartJob,
    UserInfo,
)
from agent.api.orders import OrderService
from agent.api.profiles import profile_view
from agent.api.views import (
    csv_name,
    error_info,
    job_info,
    job_view,
    log_line,
    sync_info,
    user_info,
)
from agent.domain.clock import Clock
from agent.domain.errors import EplusError, LoginRefused
from agent.jobs.engine import JobEngine, LogEntry
from agent.jobs.load_profiles.row_keeper import Fetched
from agent.jobs.request import JobRequest
from agent.procedures.dialogue import Step
from agent.store import Store, directory, jobs, load_profiles
from agent.store.jobs import JobRecord
from agent.sync import LoggedIn, SyncState
from agent.sync.sync import Sync
from agent.sync.watch import Watch

HISTORY_LIMIT = 200
SECONDS_TO_LOOK = 60.0
"""How long a new outcome stays in Ejecutado for the technician to see, before it is sent by itself."""


class Service:
    """Carries the page's wishes to the other rooms, and their news to the hub."""

    jobs: JobEngine
    sync: Sync
    watch: Watch
    orders: OrderService
    links: LinkService

    def __init__(self, store: Store, hub: Hub, clock: Clock, csv_folder: Path) -> None:
        self._store = store
        self._hub = hub
        self._clock = clock
        self._files = JobFiles(store, csv_folder)
        self._external = False
        self._culture: str | None = None
        self._step: Step | None = None

    def wire(self, jobs: JobEngine, links: LinkService, sync: Sync, watch: Watch) -> None:
        """Gives the rooms that were made with this service's `on_…` methods."""
        self.jobs, self.links, self.sync, self.watch = jobs, links, sync, watch
        self.orders = OrderService(self._store, self._hub, self._clock, sync, jobs)
        self.on_sync(sync.state)
        self._show_pending()

    # ── news for the hub ──

    def on_sync(self, state: SyncState) -> None:
        self._hub.sync(sync_info(state))
        self._show_pending()
        self.orders.show()

    def on_progress(self, record: JobRecord, step: Step | None) -> None:
        self._step = step
        self._hub.job(job_info(record, step))
        if record.state != "running":
            self.sync.refresh()
            self._show_pending()
            self.orders.show()
            self.watch.hold(SECONDS_TO_LOOK)

    def on_fetched(self, record: JobRecord, fetched: Fetched) -> None:
        news = {"rows": fetched.rows, "seconds_left": fetched.seconds_left}
        self._hub.job(job_info(record, self._step).model_copy(update=news))

    def on_unsaved(self, record: JobRecord, error: EplusError) -> None:
        info = job_info(record)
        self._hub.job(info.model_copy(update={"state": "failed", "error": error_info(error)}))

    def on_log(self, entries: list[LogEntry], reset: bool) -> None:
        self._hub.log(map(log_line, entries), reset=reset)

    def _show_pending(self) -> None:
        with self._store.read() as db:
            self._hub.pending([job_info(record) for record in jobs.pending(db)])

    # ── session ──

    async def snapshot_get(self, _: Empty) -> Snapshot:
        return self._hub.snapshot()

    async def session_login(self, wish: Login) -> UserInfo:
        logged_in = await self.sync.session.login(wish.username, wish.password)
        self._culture = None
        info = user_info(logged_in)
        self._hub.user(info)
        if not logged_in.offline:
            self._fetch_in_background()
        return info

    async def session_logout(self, _: Empty) -> Empty:
        self.sync.session.logout()
        self._hub.user(None)
        return Empty()

    async def culture_set(self, wish: SetCulture) -> Empty:
        self._culture = wish.culture
        if self.sync.session.user is not None:
            self._hub.user(user_info(self.sync.session.user).model_copy(update={"culture": wish.culture}))
        return Empty()

    # ── jobs ──

    async def job_start(self, wish: StartJob) -> JobInfo:
        user = self._user().user.username
        with self._store.read() as db:
            parameters = parameters_asked(db, wish)
        return job_info(await self.jobs.start(JobRequest(wish.activity, wish.serial, user, wish.order, parameters)))

    async def job_recover(self, wish: JobId) -> JobInfo:
        self._user()
        return job_info(await self.jobs.recover(wish.job))

    async def job_resume(self, wish: JobId) -> JobInfo:
        self._user()
        record = await self.jobs.resume(wish.job)
        self._show_pending()
        return job_info(record)

    async def job_cancel(self, wish: JobId) -> Empty:
        self._user()
        self.jobs.cancel(wish.job)
        return Empty()

    async def job_dismiss(self, wish: JobId) -> Empty:
        self._user()
        now = self._clock.now()
        await self._store.write(lambda db: jobs.dismiss(db, wish.job, now))
        self._show_pending()
        return Empty()

    async def job_view(self, wish: JobId) -> JobView:
        self._user()
        record, pod = self._find(wish.job)
        with self._store.read() as db:
            if (stored := load_profiles.find(db, wish.job)) is None:
                return job_view(record, pod, self.culture)
            shown = profile_view(db, stored, pod)
        name = None if shown is None else csv_name(record)
        return JobView(job=job_info(record), result=shown, csv=None, csv_name=name)

    async def job_save_csv(self, wish: JobId) -> SavedFile:
        self._user()
        return SavedFile(path=await asyncio.to_thread(self._files.save, wish.job, self.culture))

    async def job_history(self, _: Empty) -> JobList:
        self._user()
        with self._store.read() as db:
            return JobList(jobs=[job_info(record) for record in jobs.history(db, HISTORY_LIMIT)])

    def csv_of_job(self, job_id: str) -> tuple[str, Iterable[bytes]] | None:
        """File name and content; None for a job that has no result, or is not here, or nobody is logged in."""
        with contextlib.suppress(EplusError):
            self._user()
            return self._files.csv(job_id, self.culture)
        return None

    def rows_of_job(self, job_id: str) -> Iterable[bytes] | None:
        """JSON of `ProfileColumns`; None for a job that has no rows, or is not here, or nobody is logged in."""
        with contextlib.suppress(EplusError):
            self._user()
            return self._files.rows(job_id)
        return None

    # ── sync ──

    async def sync_run(self, _: Empty) -> Empty:
        await self.sync.run()
        return Empty()

    @property
    def culture(self) -> str:
        if self._culture is not None or self.sync.session.user is None:
            return self._culture or "es"
        return self.sync.session.user.user.culture

    def _user(self) -> LoggedIn:
        if self.sync.session.user is None:
            raise LoginRefused(code="not-logged-in")
        return self.sync.session.user

    def _find(self, job_id: str) -> tuple[JobRecord, str | None]:
        with self._store.read() as db:
            record = jobs.get(db, job_id)
            meter = directory.find(db, record.serial)
        return record, None if meter is None else meter.pod

    def _fetch_in_background(self) -> None:
        """After a login, what waits goes out and the meters come in; trouble shows in the sync's state."""

        async def fetch() -> None:
            try:
                await self.sync.run()
            except EplusError:
                return

        self._fetching = asyncio.create_task(fetch())
