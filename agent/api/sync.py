"""The way to SMM: whether it is there, what waits, and SYNC."""

from typing import Annotated

from pydantic import Field

from agent.api.message import Empty, ErrorInfo, PageMessage, UtcText, optional_text
from agent.api.rpc import method
from agent.sync import Sync, SyncState
from agent.sync.state import ErrorFacts


class SyncInfo(PageMessage):
    """`password_needed`: who is logged in has no session with SMM, and `session.renew` with their password opens one.
    `drift_s` is tablet time minus SMM time. `done`/`total` count envelopes of the running sync."""

    online: bool | None
    password_needed: bool = False
    running: bool = False
    done: int = 0
    total: int = 0
    waiting: int = 0
    refused: int = 0
    meters: int = 0
    last_at: UtcText | None = None
    drift_s: int | None = None
    clock: Annotated[ErrorInfo | None, Field(description="what is wrong with the tablet's clock")] = None
    error: ErrorInfo | None = None
    notices: list[ErrorInfo] = Field(default_factory=list, description="of the tablet's memory")


def sync_info(state: SyncState) -> SyncInfo:
    """The state of the sync as the page shows it."""
    return SyncInfo(
        online=state.online,
        password_needed=state.password_needed,
        running=state.running,
        done=state.done,
        total=state.total,
        waiting=state.waiting,
        refused=state.refused,
        meters=state.meters,
        last_at=optional_text(state.last_at),
        drift_s=state.drift_s,
        clock=_shown(state.clock),
        error=_shown(state.error),
        notices=list(map(_info, state.notices)),
    )


def _shown(trouble: ErrorFacts | None) -> ErrorInfo | None:
    return None if trouble is None else _info(trouble)


def _info(trouble: ErrorFacts) -> ErrorInfo:
    return ErrorInfo(code=trouble.code, params=trouble.params, retryable=trouble.retryable)


class SyncMethods:
    """SYNC."""

    def __init__(self, sync: Sync) -> None:
        self._sync = sync

    @method("sync.run")
    async def run(self, _: Empty) -> Empty:
        """Raises: as `Sync.run`."""
        await self._sync.run()
        return Empty()
