"""Login and logout: with SMM where it can be reached, else within the offline grant that SMM gave."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from agent.domain.clock import Clock
from agent.domain.errors import CentralError, LoginRefused, SmmFault, SmmUnreachable
from agent.domain.exchange import DeviceEnrolment, Session, SessionRequest, User
from agent.store import Store, accounts, settings
from agent.store.settings import Setting
from agent.sync import pinned
from agent.sync.client import SmmClient
from agent.sync.drift import Stopwatch
from agent.sync.state import StatePublisher
from agent.sync.tablet_time import TabletTime

# Refusals that stay in force when SMM is out of reach again.
_LASTING = ("login-locked", "login-not-mobile", "device-revoked")
_LONGEST_NAME = 100


@dataclass(frozen=True)
class LoggedIn:
    """The user at the tablet. `offline`: let in within SMM's grant and without SMM, so nothing can be sent."""

    user: User
    offline: bool
    offline_until: datetime


class SmmSession:
    """The user who is logged in, and the session with SMM, if there is one.

    The session's token is kept in memory only. It ends with `logout`, or when SMM no longer accepts it. After a login
    without SMM the password is kept too, in memory only, until it has opened a session or the user logs out.
    `on_renewed` gets the user whose session was opened later than their login.
    """

    def __init__(
        self,
        store: Store,
        client: SmmClient,
        clock: Clock,
        time: TabletTime,
        device_name: str,
        publisher: StatePublisher,
    ) -> None:
        self.user: LoggedIn | None = None
        self._store = store
        self._client = client
        self._clock = clock
        self._time = time
        self._device_name = device_name
        self._publisher = publisher
        self.on_renewed: Callable[[LoggedIn], None] = lambda _user: None
        self._token: str | None = None
        self._password: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a session with SMM, so that envelopes can be sent."""
        return self._token is not None

    @property
    def can_renew(self) -> bool:
        """Whether there is no session with SMM, and one can be opened without asking anybody."""
        return self.user is not None and self._token is None and self._password is not None

    @contextmanager
    def used(self) -> Iterator[str]:
        """The token for calls to SMM; it is given up where SMM refuses it.

        Raises:
            LoginRefused: `not-logged-in`; `session-ended`, if there is no session with SMM.
        """
        token = self.token()
        try:
            yield token
        except LoginRefused:
            self.expire(token)
            raise

    def token(self) -> str:
        """The token of the session with SMM.

        Raises:
            LoginRefused: `not-logged-in`; `session-ended`, if the user has to log in again with SMM in reach.
        """
        self.require_user()
        if self._token is None:
            raise LoginRefused(code="session-ended")
        return self._token

    def require_user(self) -> LoggedIn:
        """The user who is logged in, offline or not. Raises: LoginRefused `not-logged-in`."""
        if self.user is None:
            raise LoginRefused(code="not-logged-in")
        return self.user

    async def login(self, username: str, password: str) -> LoggedIn:
        """Logs a user in: through SMM, or where SMM is out of reach, by what this tablet remembers of the user.

        Raises:
            LoginRefused: with the code that says why. After a refusal by SMM, offline login is not tried.
            SmmFault: SMM does not work, and the user has never logged in on this tablet.
        """
        try:
            session = await self._open(username, password)
        except LoginRefused as refusal:
            self._publisher.looked(None)
            await self._keep_refusal(username, password, refusal)
            raise LoginRefused(refusal.detail, code=refusal.code, user=username) from refusal
        except CentralError as error:
            self._publisher.looked(error)
            return await self._login_offline(username, password, error)
        return await self._admit(session, password)

    async def renew(self, password: str | None = None) -> LoggedIn:
        """Opens a session with SMM for the user who is logged in: with the password that they have just given, or the
        one they logged in with while SMM was out of reach. Without success they stay logged in as they are.

        Raises:
            LoginRefused: with the code that says why; the kept password is forgotten, and the user has to be asked.
            CentralError: SMM is out of reach, or does not work.
        """
        before = self.require_user()
        username, given = before.user.username, password or self._password
        if given is None:
            raise LoginRefused(code="session-ended")
        try:
            session = await self._open(username, given)
        except LoginRefused as refusal:
            self._password = None
            await self._keep_refusal(username, given, refusal)
            named = LoginRefused(refusal.detail, code=refusal.code, user=username)
            self._tell()
            self._publisher.failed(named)
            raise named from refusal
        if self.user is not before:
            raise LoginRefused(code="not-logged-in")
        renewed = await self._admit(session, given)
        self.on_renewed(renewed)
        return renewed

    def logout(self) -> None:
        """Ends the session on this tablet."""
        self._enter(None, token=None, password=None)

    def expire(self, token: str | None) -> None:
        """SMM no longer accepts `token`; the user stays logged in. A session opened since then goes on."""
        if self._token == token:
            self._token = None
            self._tell()

    def _enter(self, user: LoggedIn | None, *, token: str | None, password: str | None) -> None:
        self.user, self._token, self._password = user, token, password
        self._tell()

    def _tell(self) -> None:
        has_to_be_asked = self.user is not None and self._token is None and self._password is None
        self._publisher.set_password_needed(has_to_be_asked)

    async def _open(self, username: str, password: str) -> Session:
        request = _session_request(username, password, self._store.identity.device_id)
        await self._enrol()
        watch = Stopwatch(self._clock)
        session = await self._client.login(request)
        drift = watch.drift(session.server_time)
        await self._store.write(lambda db: settings.put(db, Setting.CLOCK_DRIFT, str(drift)))
        self._time.measured(drift)
        self._publisher.refresh()
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
        await self._store.write(lambda db: pinned.learn(db, device))

    async def _admit(self, session: Session, password: str) -> LoggedIn:
        password_hash = await asyncio.to_thread(accounts.hash_password, password)
        await self._store.write(
            lambda db: accounts.remember(db, session.user, password_hash, session.offline_until),
        )
        user = LoggedIn(session.user, offline=False, offline_until=session.offline_until)
        self._enter(user, token=session.token, password=None)
        self._publisher.session_opened()
        return user

    async def _login_offline(self, username: str, password: str, error: CentralError) -> LoggedIn:
        try:
            account = await accounts.admit_offline(self._store, username, password, self._time.now())
        except LoginRefused as refusal:
            if refusal.code != "login-never-here" or isinstance(error, SmmUnreachable):
                raise
            raise error from None
        user = LoggedIn(account.user, offline=True, offline_until=account.offline_until)
        self._enter(user, token=None, password=password)
        return user

    async def _keep_refusal(self, username: str, password: str, refusal: LoginRefused) -> None:
        """What SMM says of a user counts offline too: locked or removed, or the password has changed."""
        if refusal.code in _LASTING:
            await self._store.write(lambda db: accounts.refuse(db, username, refusal.code))
        elif refusal.code == "login-wrong" and await self._matches_account(username, password):
            await self._store.write(lambda db: accounts.forget(db, username))

    async def _matches_account(self, username: str, password: str) -> bool:
        try:
            with self._store.read() as db:
                account = accounts.find(db, username)
        except LoginRefused:
            return False
        return await asyncio.to_thread(account.knows_password, password)


def _session_request(username: str, password: str, device: str) -> SessionRequest:
    """Raises: LoginRefused `login-wrong`, for a name or password that no user can have."""
    try:
        return SessionRequest(username=username, password=password, device=device)
    except ValidationError:
        # No cause is chained: pydantic's message would quote the password.
        raise LoginRefused(code="login-wrong", user=username[:_LONGEST_NAME]) from None
