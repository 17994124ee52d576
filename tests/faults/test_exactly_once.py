"""Whatever happens between a settled job and SMM, SMM has each envelope exactly once in the end."""

import asyncio
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from werkzeug.wrappers import Request, Response

from agent.domain.errors import CentralError, InputError
from agent.store import Store, jobs, outbox
from agent.store.database import FILE_NAME
from agent.store.vault import FileKeeper
from agent.sync import SmmClient, Sync
from tests.store.samples import NOW, USER, new_job, settle_new_job, write
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm, serving

EXECUTIONS = "/api/v1/executions"


class TabletAndCentral(RuleBasedStateMachine):
    """A tablet that works, loses its network and is switched off at any moment, and SMM behind real HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self._exits = ExitStack()
        self._root = Path(self._exits.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        patch = self._exits.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("agent.sync.push.MAX_BATCH", 2)
        self._loop = self._exits.enter_context(asyncio.Runner())
        self._smm = SmallSmm()
        self._url = self._exits.enter_context(serving(self._smm))
        self._folders = 0
        self._job_count = 0
        self._settled: set[str] = set()

    @initialize()
    def first_start(self) -> None:
        self._start(self._root / "0")

    def _start(self, folder: Path) -> None:
        self._folder = folder
        self._store = Store.open(folder, keeper=FileKeeper(folder))
        write(self._store, lambda db: jobs.interrupt_running(db, NOW))
        self._client = self._loop.run(_client(self._url))
        self._sync = Sync(self._store, self._client, FixedClock(), "tablet")

    def _stop(self) -> None:
        self._loop.run(self._client.close())
        self._store.close()

    # ── what happens ─────────────────────────────────────────────────────────────────────────────

    @rule()
    def a_job_is_settled(self) -> None:
        job = self._next_job()
        settle_new_job(self._store, job)
        self._settled.add(job)

    @rule()
    def a_settlement_fails_half_way(self) -> None:
        def fail(_sequence: int) -> dict[str, object]:
            raise InputError("no envelope")

        job = self._next_job()
        write(self._store, lambda db: jobs.create(db, new_job(job)))
        with pytest.raises(InputError):
            write(
                self._store,
                lambda db: jobs.settle(db, job, jobs.Settlement("done", NOW, build_envelope=fail)),
            )

    @rule(lost=st.integers(0, 2))
    def answers_get_lost(self, lost: int) -> None:
        self._smm.lose_answers = lost

    @rule(status=st.sampled_from([500, 503, 422]), after=st.integers(0, 2))
    def smm_breaks(self, status: int, after: int) -> None:
        """Fails from the batch with that number on."""
        due = self._batches() + after

        def broken(request: Request) -> Response | None:
            return Response("", status) if request.path == EXECUTIONS and self._batches() > due else None

        self._smm.answer_instead = broken

    @rule()
    def smm_is_mended(self) -> None:
        self._smm.answer_instead = lambda _request: None

    @rule()
    def the_tablet_syncs(self) -> None:
        self._try_to_sync()

    @rule(after=st.integers(1, 4))
    def the_tablet_is_switched_off_during_a_sync(self, after: int) -> None:
        """Only what is on the disk when SMM gets the request with that number is left."""
        due = len(self._smm.requests) + after
        before = self._smm.answer_instead
        left = self._next_folder()

        def snapshot(request: Request) -> Response | None:
            if len(self._smm.requests) == due:
                _copy_disk(self._folder, left)
            return before(request)

        self._smm.answer_instead = snapshot
        self._try_to_sync()
        self._smm.answer_instead = before
        if not left.exists():
            _copy_disk(self._folder, left)
        self._stop()
        self._start(left)

    # ── what must hold ───────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_is_lost_and_nothing_is_there_twice(self) -> None:
        if not hasattr(self, "_store"):
            return
        with self._store.read() as db:
            rows = list(db.query("SELECT key, job, state, sequence FROM outbox ORDER BY sequence"))
            assert outbox.count_waiting(db) == sum(row["state"] == "waiting" for row in rows)
        assert {row["job"] for row in rows} == self._settled
        assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
        taken = self._smm.taken
        assert len(taken) == len(set(taken))
        assert {row["key"] for row in rows if row["state"] == "received"} <= set(taken) <= {row["key"] for row in rows}

    def teardown(self) -> None:
        if hasattr(self, "_store"):
            self._smm.answer_instead = lambda _request: None
            self._smm.lose_answers = 0
            self._try_to_sync()
            with self._store.read() as db:
                keys = [row["key"] for row in db.query("SELECT key FROM outbox")]
                assert outbox.count_waiting(db) == outbox.count_refused(db) == 0
            assert sorted(self._smm.taken) == sorted(keys)
            self._stop()
        self._exits.close()

    # ── means ────────────────────────────────────────────────────────────────────────────────────

    def _try_to_sync(self) -> None:
        async def attempt() -> None:
            try:
                if not self._sync.session.is_open:
                    await self._sync.session.login(USER.username, PASSWORD)
                await self._sync.run()
            except CentralError:
                pass

        self._loop.run(attempt())

    def _batches(self) -> int:
        return self._smm.requests.count(f"POST {EXECUTIONS}")

    def _next_job(self) -> str:
        self._job_count += 1
        return f"job-{self._job_count}"

    def _next_folder(self) -> Path:
        self._folders += 1
        return self._root / str(self._folders)


async def _client(url: str) -> SmmClient:
    return SmmClient(url)


def _copy_disk(source: Path, target: Path) -> None:
    target.mkdir()
    for name in (FILE_NAME, f"{FILE_NAME}-wal", "vault.key"):
        if (source / name).exists():
            shutil.copy(source / name, target / name)


TestExactlyOnce = pytest.mark.slow(TabletAndCentral.TestCase)
TestExactlyOnce.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
