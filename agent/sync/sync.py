"""Login and synchronisation of this tablet with SMM."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from pydantic import ValidationError
from sqlite_utils import Database

from agent.domain.clock import Clock
from agent.domain.errors import CentralError, EplusError, LoginRefused, SmmFault, SmmUnreachable
from agent.domain.exchange import DeviceEnrolment, Session, SessionRequest
from agent.store import Store, accounts, attempts, directory, orders, outbox, settings
from agent.store.moments import from_optional, to_text
from agent.store.settings import Setting
from agent.sync.client import SmmClient
from agent.sync.orders import OrderSync
from agent.sync.push import Push
from agent.sync.state import LoggedIn, SyncState, SyncStateHolder, Trouble, drift_seconds

# Refusals that stay true when SMM is out of reach again.
_LASTING = ("login-locked", "login-not-mobile", "device-revoked")
_LONGEST_NAME = 100
OFFERED_AGAIN = timedelta(days=60)
"""Older than any backup that somebody would restore."""


class Sync:
    """Lives on the asyncio loop. The session's token is kept in memory only, and ends with `logout`."""

    def __init__(
        self,
        store: Store,
        client: SmmClient,
        clock: Clock,
        device_name: str,
        on_change: Callable[[SyncState], None] = lambda _state: None,
    ) -> None:
        self.user: LoggedIn | None = None
        self._store = store
        self._client = client
        self.desk = OrderSync(store, client, clock)
        self._clock = clock
        self._device_name = device_name
        self._board = SyncStateHolder()
        self._token: str | None = None
        self._running: asyncio.Task[None] | None = None
        self.refresh()
        self._count_meters()
        self._board.on_change = on_change  # not before: whoever is told may ask this object

    @property
    def state(self) -> SyncState:
        return self._board.state

    @property
    def can_send(self) -> bool:
        """There is a session with SMM."""
        return self._token is not None

    def refresh(self) -> None:
        """Counts again what waits: after a job was settled."""
        with self._store.read() as db:
            self._board.show(
                waiting=outbox.count_waiting(db),
                refused=outbox.count_refused(db),
                drift_s=settings.get_number(db, Setting.CLOCK_DRIFT),
                last_at=from_optional(settings.get(db, Setting.LAST_SYNC)),
            )

    def _count_meters(self) -> None:
        with self._store.read() as db:
            self._board.show(meters=directory.count(db))

    async def look(self) -> bool:
        """Looks whether SMM is there."""
        online = await self._client.health()
        self._board.show(online=online)
        return online

    # ── login ────────────────────────────────────────────────────────────────────────────────────

    async def login(self, username: str, password: str) -> LoggedIn:
        """Lets a user in: by SMM, or where SMM is out of reach, by what this tablet remembers of the user.

        Raises:
            LoginRefused: with the code that says why. What SMM refuses is never asked offline.
            SmmFault: SMM is in trouble, and the user has never logged in on this tablet.
        """
        try:
            session = await self._open_session(username, password)
        except LoginRefused as refusal:
            self._board.show(online=True)
            await self._note_refusal(username, password, refusal)
            raise LoginRefused(refusal.detail, code=refusal.code, user=username) from refusal
        except CentralError as trouble:
            self._board.show(online=False)
            return await self._login_offline(username, password, trouble)
        return await self._admit(session, password)

    def logout(self) -> None:
        self._token = None
        self.user = None

    async def _open_session(self, username: str, password: str) -> Session:
        request = _session_request(username, password, self._store.identity.device_id)
        await self._enrol()
        asked_at = self._clock.now()
        session = await self._client.login(request)
        await self._keep_drift(drift_seconds(asked_at, self._clock.now(), session.server_time))
        return session

    async def _enrol(self) -> None:
        identity = self._store.identity
        enrolment = DeviceEnrolment(
            name=self._device_name[:_LONGEST_NAME] or identity.device_id,
            signing_key=identity.signing_public.hex(),
            sealing_key=identity.sealing_public.hex(),
        )
        device = await self._client.enrol(enrolment)
        if device.id != identity.device_id:
            raise SmmFault(f"SMM calls this tablet {device.id}, not {identity.device_id}", status=200)

    async def _admit(self, session: Session, password: str) -> LoggedIn:
        password_hash = await asyncio.to_thread(accounts.hash_password, password)
        await self._store.write(
            lambda db: accounts.remember(db, session.user, password_hash, session.offline_until),
        )
        self._token = session.token
        self.user = LoggedIn(session.user, offline=False, offline_until=session.offline_until)
        self._board.show(online=True, error=None)
        return self.user

    async def _login_offline(self, username: str, password: str, trouble: CentralError) -> LoggedIn:
        try:
            with self._store.read() as db:
                account = accounts.find(db, username)
        except LoginRefused:
            if isinstance(trouble, SmmUnreachable):
                raise
            raise trouble from None
        user = await asyncio.to_thread(account.admit, password, self._clock.now())
        self._token = None
        self.user = LoggedIn(user, offline=True, offline_until=account.offline_until)
        return self.user

    async def _note_refusal(self, username: str, password: str, refusal: LoginRefused) -> None:
        """What SMM says of a user counts offline too: locked or removed, or the password has changed."""
        if refusal.code in _LASTING:
            await self._store.write(lambda db: accounts.refuse(db, username, refusal.code))
        elif refusal.code == "login-wrong" and await self._was_right_here(username, password):
            await self._store.write(lambda db: accounts.forget(db, username))

    async def _was_right_here(self, username: str, password: str) -> bool:
        try:
            with self._store.read() as db:
                account = accounts.find(db, username)
        except LoginRefused:
            return False
        return await asyncio.to_thread(account.knows_password, password)

    # ── synchronisation ──────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Sends all that waits, then fetches the meter directory. Called while it runs, it waits for that run.

        Raises:
            LoginRefused: `not-logged-in`, or `session-ended`: the user has to log in (again) with SMM in reach.
            CentralError, StoreError: what was received stays recorded, the rest waits.
        """
        if self._running is None:
            self._running = asyncio.create_task(self._run_shown())
            self._running.add_done_callback(self._ended)
        await asyncio.shield(self._running)

    async def close(self) -> None:
        """Stops a sync that runs; nothing is lost by that."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError, EplusError):
                await self._running

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running = None
        if not task.cancelled():
            task.exception()  # whoever waited has it; nobody else needs the warning

    async def _run_shown(self) -> None:
        self.refresh()
        self._board.show(running=True, done=0, total=self.state.waiting, error=None)
        token = self._token
        try:
            await self._exchange(*self._session())
            self._board.show(online=True)
        except EplusError as error:
            self._note_trouble(error, token)
            raise
        finally:
            self.refresh()
            self._board.show(running=False)

    async def _exchange(self, user: LoggedIn, token: str) -> None:
        await self._push(token)
        epoch = await self._pull(user.user.tag, token)
        if await self._store.write(lambda db: _is_new_epoch(db, epoch, self._clock.now())):
            await self._push(token)
        await self.desk.refresh(token)
        finished = to_text(self._clock.now())
        await self._store.write(lambda db: settings.put(db, Setting.LAST_SYNC, finished))

    async def _push(self, token: str) -> None:
        await Push(self._store, self._client, token, self._clock, self._note_receipts).run()

    async def look_after_orders(self) -> None:
        """Learns what has become in SMM of the orders that this tablet holds, and of what a person has to decide.

        Raises:
            CentralError: as `run`.
        """
        token = self._token
        if token is None or self._running is not None or not self._has_orders():
            return
        try:
            await self.desk.refresh(token)
        except EplusError as error:
            self._note_trouble(error, token)
            raise
        self._board.on_change(self.state)

    def _has_orders(self) -> bool:
        with self._store.read() as db:
            return bool(orders.held(db) or attempts.undecided(db))

    def token(self) -> str:
        """Of the running session with SMM. Raises LoginRefused, as `run` does."""
        return self._session()[1]

    def _session(self) -> tuple[LoggedIn, str]:
        if self.user is None:
            raise LoginRefused(code="not-logged-in")
        if self._token is None:
            raise LoginRefused(code="session-ended")
        return self.user, self._token

    def _note_trouble(self, error: EplusError, token: str | None) -> None:
        if isinstance(error, LoginRefused):
            if self._token == token:
                self._token = None
        elif isinstance(error, CentralError):
            self._board.show(online=not isinstance(error, SmmUnreachable))
        self._board.show(error=Trouble.of(error))

    async def _note_receipts(self, count: int, drift_s: int) -> None:
        done = self.state.done + count
        self._board.show(done=done, total=max(done, self.state.total))
        await self._keep_drift(drift_s)
        self.refresh()

    async def _pull(self, scope: str, token: str) -> int:
        """SMM's epoch."""
        with self._store.read() as db:
            after = directory.cursor(db, scope)
        more = True
        while more:
            page = await self._client.meters(after, token)
            await self._store.write(partial(directory.apply, page=page, scope=scope))
            if page.more and page.cursor == after:
                raise SmmFault("the meter directory does not move on", status=200)
            after, more = page.cursor, page.more
        self._count_meters()
        return page.epoch

    async def _keep_drift(self, seconds: int) -> None:
        await self._store.write(lambda db: settings.put(db, Setting.CLOCK_DRIFT, str(seconds)))
        self._board.show(drift_s=seconds)


def _is_new_epoch(db: Database, epoch: int, now: datetime) -> bool:
    """Whether SMM was restored from a backup since the last time; then what was sent lately waits once more."""
    known = settings.get_number(db, Setting.SMM_EPOCH)
    if known == epoch:
        return False
    settings.put(db, Setting.SMM_EPOCH, str(epoch))
    return known is not None and outbox.offer_again(db, now - OFFERED_AGAIN) > 0


def _session_request(username: str, password: str, device: str) -> SessionRequest:
    """Raises: LoginRefused `login-wrong`, for a name or password that nobody can have."""
    try:
        return SessionRequest(username=username, password=password, device=device)
    except ValidationError:
        # No cause is chained: pydantic's message would quote the password.
        raise LoginRefused(code="login-wrong", user=username[:_LONGEST_NAME]) from None
