"""Login and logout: with SMM where it can be reached, else within the offline grant that SMM gave."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from agent.domain.clock import Clock
from agent.domain.errors import CentralError, LoginRefused, SmmFault, SmmUnreachable
from agent.domain.exchange import DeviceEnrolment, Session, SessionRequest, User
from agent.store import Store, accounts
from agent.sync.client import SmmClient
from agent.sync.drift import drift_seconds, keep_drift
from agent.sync.state import StatePublisher

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

    The session's token is kept in memory only. It ends with `logout`, or when SMM no longer accepts it.
    """

    def __init__(
        self, store: Store, client: SmmClient, clock: Clock, device_name: str, publisher: StatePublisher
    ) -> None:
        self.user: LoggedIn | None = None
        self._store = store
        self._client = client
        self._clock = clock
        self._device_name = device_name
        self._publisher = publisher
        self._token: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a session with SMM, so that envelopes can be sent."""
        return self._token is not None

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
            self._publisher.set_online(True)
            await self._keep_refusal(username, password, refusal)
            raise LoginRefused(refusal.detail, code=refusal.code, user=username) from refusal
        except CentralError as error:
            self._publisher.set_online(False)
            return await self._login_offline(username, password, error)
        return await self._admit(session, password)

    def logout(self) -> None:
        """Ends the session on this tablet."""
        self._token = None
        self.user = None

    def expire(self, token: str | None) -> None:
        """SMM no longer accepts `token`; the user stays logged in. A session opened since then goes on."""
        if self._token == token:
            self._token = None

    async def _open(self, username: str, password: str) -> Session:
        request = _session_request(username, password, self._store.identity.device_id)
        await self._enrol()
        asked_at = self._clock.now()
        session = await self._client.login(request)
        await keep_drift(self._store, drift_seconds(asked_at, self._clock.now(), session.server_time))
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

    async def _admit(self, session: Session, password: str) -> LoggedIn:
        password_hash = await asyncio.to_thread(accounts.hash_password, password)
        await self._store.write(
            lambda db: accounts.remember(db, session.user, password_hash, session.offline_until),
        )
        self._token = session.token
        self.user = LoggedIn(session.user, offline=False, offline_until=session.offline_until)
        self._publisher.session_opened()
        return self.user

    async def _login_offline(self, username: str, password: str, error: CentralError) -> LoggedIn:
        try:
            with self._store.read() as db:
                account = accounts.find(db, username)
        except LoginRefused:
            if isinstance(error, SmmUnreachable):
                raise
            raise error from None
        user = await asyncio.to_thread(account.admit, password, self._clock.now())
        self._token = None
        self.user = LoggedIn(user, offline=True, offline_until=account.offline_until)
        return self.user

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
