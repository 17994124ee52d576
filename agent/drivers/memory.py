"""What a driver may know of a meter from earlier sessions: hints, each of which may be wrong."""

from typing import Protocol

ONE_BY_ONE = "one-by-one"
"""Kept of a meter that does not answer lists of attributes."""


class MeterMemory(Protocol):
    """Keeps small things by name: of a kind of meters, or without `kind` of this meter alone. Never raises."""

    async def recall(self, what: str, kind: str | None, /) -> bytes | None:
        """What was kept; None if there is nothing."""

    async def keep(self, what: str, kind: str | None, content: bytes | None, /) -> None:
        """Keeps it, in place of what was kept; None forgets that."""


class NoMemory:
    """Each session knows nothing of those before it."""

    async def recall(self, _what: str, _kind: str | None) -> bytes | None:
        """Nothing."""
        return None

    async def keep(self, _what: str, _kind: str | None, _content: bytes | None) -> None:
        """Forgets it at once."""


NO_MEMORY = NoMemory()
