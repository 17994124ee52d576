"""A task whose connection broke is begun again, once, where that repeats nothing but reading."""

from collections.abc import Awaitable
from typing import TypeVar

from agent.dlms.hdlc.rejection import REJECTIONS
from agent.domain.errors import RemoteProtocolError
from agent.domain.results import LoadProfile
from agent.procedures.dialogue import Dialogue, Reply, Write
from agent.procedures.load_profile import TakePart

T = TypeVar("T")
RECONNECTING = "Connecting again…"
_BROKEN = REJECTIONS | {"sequence-wrong", "connection-ended"}
"""Codes of errors after which only a new connection helps."""


class Trail:
    """What a task has done that must not be done twice: sent a change, or handed out rows."""

    def __init__(self) -> None:
        self._can_begin_again = True

    def follow(self, task: Dialogue[T]) -> Dialogue[T]:
        """The same task, watched."""
        reply: Reply = None
        try:
            while True:
                try:
                    request = task.send(reply)
                except StopIteration as end:
                    result: T = end.value
                    return result
                if isinstance(request, Write):
                    self._can_begin_again = False
                reply = yield request
        finally:
            task.close()

    def noting(self, take: TakePart) -> TakePart:
        """The same receiver of rows, watched."""

        def noted(part: LoadProfile) -> Awaitable[None] | None:
            if part.rows:
                self._can_begin_again = False
            return take(part)

        return noted

    def allows_reconnecting(self, error: RemoteProtocolError) -> bool:
        """Whether the task may be begun again after this error; it says so once at most."""
        allowed, self._can_begin_again = self._can_begin_again and error.code in _BROKEN, False
        return allowed
