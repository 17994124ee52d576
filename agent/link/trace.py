"""What went over a link, octet by octet with its time: off by default, bounded, and without secrets.

Octets are masked before they are kept, so a trace can be handed to anybody as it is.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TextIO

from agent.domain.errors import LinkError
from agent.link.link import Link

LARGEST_FILE = 2 << 20
_SWITCH, _CURRENT, _BEFORE = "on", "link.txt", "link.before.txt"

Tracer = Callable[[Link], Link]
"""Returns the link to use instead of the given one."""


def NO_TRACE(link: Link) -> Link:
    """A `Tracer` that traces nothing."""
    return link


class TraceMasker(Protocol):
    """Turns the octets of one direction into text, the secret ones hidden."""

    def mask(self, data: bytes, /) -> str:
        """The next octets of that direction, as text."""


class Trace:
    """Two files in a folder, the current one and the previous one; a third file exists while tracing is on.

    It is checked when a job takes the link: another program may turn tracing on while the agent runs.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime], new_masker: Callable[[], TraceMasker]) -> None:
        self._folder, self._now, self._new_masker = folder, now, new_masker
        self._file: TextIO | None = None

    @property
    def is_on(self) -> bool:
        """Whether jobs that begin now are traced."""
        return (self._folder / _SWITCH).exists()

    def turn(self, *, on: bool) -> None:
        """Turns tracing on or off for the jobs to come."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if on:
            (self._folder / _SWITCH).touch()
        else:
            (self._folder / _SWITCH).unlink(missing_ok=True)

    def clear(self) -> None:
        """Deletes everything traced."""
        for name in (_CURRENT, _BEFORE):
            (self._folder / name).unlink(missing_ok=True)

    def text(self) -> str:
        """Everything kept, the oldest first."""
        files = [self._folder / name for name in (_BEFORE, _CURRENT)]
        return "".join(file.read_text(encoding="utf-8") for file in files if file.exists())

    def traced(self, link: Link) -> Link:
        """A `Tracer`: the link itself while tracing is off."""
        if not self.is_on:
            return link
        self.note(link.name, "-", "begins")
        return _TracedLink(link, self, self._new_masker(), self._new_masker())

    def note(self, name: str, direction: str, text: str) -> None:
        """Adds a line with the time. A disk that is full or gone stops the trace, never the job."""
        moment = self._now().astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        try:
            self._write(f"{moment} {name} {direction} {text}\n")
        except OSError:
            self._file = None

    def _write(self, line: str) -> None:
        if self._file is None:
            self._file = (self._folder / _CURRENT).open("a", encoding="utf-8")
        self._file.write(line)
        self._file.flush()
        if self._file.tell() > LARGEST_FILE:
            self._file.close()
            self._file = None
            (self._folder / _CURRENT).replace(self._folder / _BEFORE)


class _TracedLink:
    """Passes everything to another link, and notes it. See `Link`."""

    def __init__(self, link: Link, trace: Trace, sent: TraceMasker, received: TraceMasker) -> None:
        self._link, self._trace, self._sent, self._received = link, trace, sent, received

    @property
    def name(self) -> str:
        return self._link.name

    async def open(self) -> None:
        await self._link.open()
        self._note("-", "open")

    async def write(self, data: bytes) -> None:
        self._note(">", self._sent.mask(data))
        try:
            await self._link.write(data)
        except LinkError as error:
            self._note("!", error.code)
            raise

    async def read(self, timeout: float) -> bytes:
        try:
            data = await self._link.read(timeout)
        except LinkError as error:
            self._note("!", error.code)
            raise
        self._note("<", self._received.mask(data) if data else f"silence {timeout:.3f} s")
        return data

    async def set_baud(self, baud: int) -> None:
        self._note("-", f"{baud} baud")
        await self._link.set_baud(baud)

    async def close(self) -> None:
        await self._link.close()
        self._note("-", "closed")

    def _note(self, direction: str, text: str) -> None:
        self._trace.note(self.name, direction, text)
