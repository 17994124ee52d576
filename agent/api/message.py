"""What all messages between the agent and its page have in common. The page's TypeScript types are generated from them.

The agent is the one source of truth. On connecting, a page gets a `snapshot` notification, then numbered
`change` notifications, each with the whole new value of one part of the state (log lines are appended);
after a gap in the numbers it asks for `snapshot.get`. Requests are JSON-RPC 2.0, e.g.
`{"jsonrpc": "2.0", "id": 1, "method": "job.start", "params": {...}}`; an error's `data` is an `ErrorInfo`.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.domain.errors import EplusError

Text = Annotated[str, Field(max_length=200)]
UtcText = Annotated[str, Field(description="UTC, ISO 8601")]


class PageMessage(BaseModel):
    """A message, or a part of one; fields of other names are refused."""

    model_config = ConfigDict(extra="forbid")


class Empty(PageMessage):
    """Params or a result with nothing in them."""


class ErrorInfo(PageMessage):
    """`code` names the words in `domain/words`, `params` fill their blanks."""

    code: str
    params: dict[str, str | int] = {}
    retryable: bool = False


def error_info(error: EplusError) -> ErrorInfo:
    """An error as the page is told it."""
    return ErrorInfo(code=error.code, params=error.params, retryable=error.retryable)


def utc_text(moment: datetime) -> str:
    """An aware moment as `UtcText`, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def optional_text(moment: datetime | None) -> str | None:
    """As `utc_text`, where there is a moment."""
    return None if moment is None else utc_text(moment)
