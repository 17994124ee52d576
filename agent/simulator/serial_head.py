"""An optical head on a serial port, simulated: a pseudo-terminal with a meter behind it. Not on Windows."""

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from random import Random

from agent.simulator.line import FAST, OpticalLine
from agent.simulator.session import MeterSession

if sys.platform != "win32":
    import pty
    import termios
    import tty

FIRST_BAUD = 9600
PIECE_OCTETS = 64


@dataclass(frozen=True)
class PortSetting:
    """How the other side has set its port."""

    baud: int
    data_bits: int
    parity: bool


class SerialHead:
    """`device` is the port to open. With `echo` it sends back every octet, as real heads do that see their own light.

    The meter ignores what comes at another rate than its own. `settings` lists each new setting found when octets
    came, `received` holds all octets.
    """

    def __init__(
        self, session: MeterSession, line: OpticalLine = FAST, *, echo: bool = False, dice: Random | None = None
    ) -> None:
        self._session, self._line, self._echo = session, line, echo
        self._dice = dice or Random(0)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(self._slave)
        self.settings: list[PortSetting] = []
        self.received = bytearray()
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(self) -> None:
        """Serves until cancelled; then the port is gone."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._master, self._on_readable)
        try:
            while True:
                await self._answer(await self._incoming.get())
        finally:
            loop.remove_reader(self._master)
            os.close(self._master)
            os.close(self._slave)

    def _on_readable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._incoming.put_nowait(os.read(self._master, 4096))

    async def _answer(self, octets: bytes) -> None:
        setting = self._setting()
        if setting not in self.settings[-1:]:
            self.settings.append(setting)
        self.received += octets
        if self._echo:
            os.write(self._master, octets)
        baud = self._session.baud or self._line.baud or FIRST_BAUD
        if setting.baud != baud:
            return
        self._session.receive(octets, asyncio.get_running_loop().time())
        if answer := self._session.data_to_send():
            await asyncio.sleep(self._line.seconds(len(octets), baud) + self._line.pause)
            await self._send(self._line.spoil(answer, self._dice), baud)

    async def _send(self, answer: bytes, baud: int) -> None:
        for at in range(0, len(answer), PIECE_OCTETS):
            piece = answer[at : at + PIECE_OCTETS]
            await asyncio.sleep(self._line.seconds(len(piece), baud))
            os.write(self._master, piece)

    def _setting(self) -> PortSetting:
        _, _, flags, _, _, speed, _ = termios.tcgetattr(self._slave)
        bits = {termios.CS7: 7, termios.CS8: 8}.get(flags & termios.CSIZE, 0)
        return PortSetting(_BAUDS[speed], bits, bool(flags & termios.PARENB))


_BAUDS = (
    {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}
    if sys.platform != "win32"
    else {}
)
