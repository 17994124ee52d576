"""The optical side of a simulated Bird: its rate, and what a meter understands at that rate."""

from string import Formatter

from agent.link.profile import BaudCommand
from agent.simulator.session import MeterSession


class Optics:
    """`command` None: it follows the meter's rate by itself; otherwise the command sets it, among the meter's octets.

    Of the octets in `double` it swallows single ones, and passes on one of two. Without a session it echoes what comes.
    """

    def __init__(self, session: MeterSession | None, command: BaudCommand | None, double: bytes = b"") -> None:
        self._session, self._command, self._double = session, command, double
        self._swallowed: int | None = None
        self._commanded_baud: int | None = None

    @property
    def baud(self) -> int | None:
        """The present rate; None where there is only one."""
        return self._commanded_baud if self._command is not None else self._meter_baud

    def take(self, octets: bytes, now: float) -> tuple[bytes, bytes]:
        """The Bird's own answer, and the meter's. `now` is monotonic seconds."""
        own, octets = self._listen_for_command(self._swallow(octets))
        if not octets or self._session is None:
            return own, octets
        if self.baud != self._meter_baud and self._command is not None:
            return own, b""  # the meter cannot read octets at another rate
        self._session.receive(octets, now)
        return own, self._session.data_to_send()

    @property
    def _meter_baud(self) -> int | None:
        return None if self._session is None else self._session.baud

    def _swallow(self, octets: bytes) -> bytes:
        kept = bytearray()
        for octet in octets if self._double else ():
            is_second = octet == self._swallowed
            self._swallowed = octet if octet in self._double and not is_second else None
            if self._swallowed is None:
                kept.append(octet)
        return bytes(kept) if self._double else octets

    def _listen_for_command(self, octets: bytes) -> tuple[bytes, bytes]:
        """The Bird's answer to a command, and the octets that are left; a command comes in a write of its own."""
        if self._command is None:
            return b"", octets
        before, after = _around_the_blank(self._command.command)
        if not (octets.startswith(before) and octets.endswith(after)):
            return b"", octets
        figures = octets[len(before) : len(octets) - len(after)]
        if not figures.isdigit():
            return b"", octets
        self._commanded_baud = int(figures)
        return self._command.answer.format(baud=self._commanded_baud).encode("ascii"), b""


def _around_the_blank(command: str) -> tuple[bytes, bytes]:
    parts = list(Formatter().parse(command))
    before = "".join(text for text, _, _, _ in parts[:1])
    after = "".join(text for text, _, _, _ in parts[1:])
    return before.encode("ascii"), after.encode("ascii")
