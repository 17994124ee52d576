"""Who uses the page: login, logout, and the language."""

import asyncio
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from agent.api.message import Empty, PageMessage, UtcText, utc_text
from agent.api.rpc import method
from agent.domain.errors import EplusError
from agent.sync import LoggedIn, Sync

Culture = Annotated[str, Field(pattern=r"^(es|en|it)(-[A-Z]{2})?$")]
DEFAULT_CULTURE = "es"


class UserInfo(PageMessage):
    """The user who is logged in."""

    username: str
    name: str
    culture: str
    offline: Annotated[bool, Field(description="logged in within the offline grant, without SMM")]
    offline_until: UtcText


class Login(PageMessage):
    """As typed on the login page."""

    username: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class GivePassword(PageMessage):
    """Of the user who is logged in."""

    password: Annotated[str, Field(min_length=1, max_length=200)]


class SetCulture(PageMessage):
    """The language that the user switches to."""

    culture: Culture


def user_info(logged_in: LoggedIn) -> UserInfo:
    """The user as the page shows them."""
    user = logged_in.user
    return UserInfo(
        username=user.username,
        name=user.name,
        culture=user.culture,
        offline=logged_in.offline,
        offline_until=utc_text(logged_in.offline_until),
    )


class PageSession:
    """The session of the page. Other parts ask it who the user is, and which language they read.

    `show` gets the user after every change.
    """

    def __init__(self, sync: Sync, show: Callable[[UserInfo | None], None]) -> None:
        self._sync = sync
        self._show = show
        self._culture: str | None = None
        self._fetching: asyncio.Task[None] | None = None
        sync.session.on_renewed = lambda user: show(self._as_shown(user))

    def user(self) -> LoggedIn:
        """Raises: LoginRefused `not-logged-in`."""
        return self._sync.session.require_user()

    @property
    def culture(self) -> str:
        """The one chosen on the page, else the user's."""
        if self._culture is not None:
            return self._culture
        return DEFAULT_CULTURE if self._sync.session.user is None else self._sync.session.user.user.culture

    @method("session.login")
    async def login(self, request: Login) -> UserInfo:
        """Raises: LoginRefused, CentralError."""
        logged_in = await self._sync.session.login(request.username, request.password)
        self._culture = None
        info = user_info(logged_in)
        self._show(info)
        if not logged_in.offline:
            self._fetching = asyncio.create_task(self._fetch())
        return info

    @method("session.renew")
    async def renew(self, request: GivePassword) -> UserInfo:
        """A session with SMM for the user who is logged in and has none; then SYNC goes on by itself.

        Raises:
            LoginRefused, CentralError: they stay logged in as they were.
        """
        renewed = await self._sync.session.renew(request.password)
        self._fetching = asyncio.create_task(self._fetch())
        return self._as_shown(renewed)

    @method("session.logout")
    async def logout(self, _: Empty) -> Empty:
        """Ends the session; what waits in the outbox stays there."""
        self._sync.session.logout()
        self._show(None)
        return Empty()

    @method("culture.set")
    async def set_culture(self, request: SetCulture) -> Empty:
        """For as long as this user is logged in."""
        self._culture = request.culture
        if self._sync.session.user is not None:
            self._show(self._as_shown(self._sync.session.user))
        return Empty()

    def _as_shown(self, user: LoggedIn) -> UserInfo:
        """In the language chosen on the page, if one was."""
        return user_info(user).model_copy(update={"culture": self.culture})

    async def _fetch(self) -> None:
        """After a login, what waits goes out and the meters come in; trouble shows in the state of the sync."""
        try:
            await self._sync.run()
        except EplusError:
            return
