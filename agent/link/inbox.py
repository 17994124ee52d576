"""Octets received over a link and not read yet, and whether more can come."""

import asyncio
import contextlib

from agent.domain.errors import LinkLost

LARGEST = 1 << 20


class Inbox:
    """`lost` is set when nothing more can come; what was received before can still be read."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._woken = asyncio.Event()
        self.lost = asyncio.Event()

    def put(self, data: bytes | bytearray) -> None:
        """Adds octets. A sender cannot be held back here: when nobody reads for so long, the link counts as lost."""
        if len(self._octets) + len(data) > LARGEST:
            self.lose()
        else:
            self._octets += data
            self._woken.set()

    def put_back(self, data: bytes) -> None:
        """Returns octets that were read but are meant for the next reader, who gets them first."""
        self._octets[:0] = data

    def lose(self) -> None:
        """Nothing more will come; a read under way ends."""
        self.lost.set()
        self._woken.set()

    async def read(self, timeout: float) -> bytes:
        """See `Link.read`."""
        if not self._octets and not self.lost.is_set():
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._woken.wait()
        if not self._octets and self.lost.is_set():
            raise LinkLost("gone")
        data = bytes(self._octets)
        self._octets.clear()
        return data
