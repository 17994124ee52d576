"""What SMM refused: sent again by touch, or closed with a reason."""

from typing import Annotated

from pydantic import Field

from agent.api.jobs import JobId, JobNews
from agent.api.message import Empty, PageMessage, Text
from agent.api.rpc import method
from agent.api.sessions import PageSession
from agent.domain.clock import Clock
from agent.store import Store, outbox
from agent.sync import Sync


class CloseRefused(PageMessage):
    """Why this job is closed although SMM did not take it, in the technician's words."""

    job: Text
    note: Annotated[str, Field(min_length=3, max_length=250)]


class RefusedMethods:
    """The ways out for a job that SMM refused."""

    def __init__(self, store: Store, clock: Clock, session: PageSession, sync: Sync, news: JobNews) -> None:
        self._store = store
        self._clock = clock
        self._session = session
        self._sync = sync
        self._news = news

    @method("outbox.retry")
    async def retry(self, request: JobId) -> Empty:
        """It waits again; SYNC sends it. Raises InputError `not-refused`, LoginRefused."""
        self._session.user()
        await self._store.write(lambda db: outbox.retry(db, request.job))
        self._show()
        return Empty()

    @method("outbox.close")
    async def close(self, request: CloseRefused) -> Empty:
        """It stays on the tablet as history, and SMM hears of it. Raises InputError `not-refused`, LoginRefused."""
        who, now = self._session.user().user.username, self._clock.now()
        await self._store.write(lambda db: outbox.close(db, request.job, who, request.note.strip(), now))
        self._show()
        return Empty()

    def _show(self) -> None:
        self._sync.refresh()
        self._news.show_lists()
