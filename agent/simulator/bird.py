"""The Bird: a Bluetooth probe that carries octets between whoever connects and a simulated meter."""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Any

from agent.simulator.bird_settings import BirdSettings
from agent.simulator.controller import RadioController
from agent.simulator.optics import Optics
from agent.simulator.peripheral import BirdPeripheral
from agent.simulator.session import new_session

GATT_VALUE_OCTETS = 512
_COARSE_SECONDS = 0.05


@dataclass(frozen=True)
class _Answer:
    octets: bytes
    is_from_meter: bool


class _Pace:
    """Keeps to the average speed of a line, however coarse the sleeps are."""

    def __init__(self) -> None:
        self._free_at = 0.0

    async def spend(self, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        is_late = now - self._free_at < _COARSE_SECONDS
        self._free_at = (self._free_at if is_late else now) + seconds
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)


class Bird:
    """Made by `VirtualAir.add_bird`.

    Its faults can be set at any time: `silent` swallows what comes, `mute_after` stops notifying after so many octets,
    `slow` waits so many seconds before each answer, `hangs_up` ends every connection at once.
    `notified_octets` counts what it has sent.
    """

    def __init__(self, controller: RadioController, kind: BirdSettings) -> None:
        self.controller = controller
        self.address = kind.address
        self.silent = self.hangs_up = False
        self.mute_after: int | None = None
        self.notified_octets = 0
        self.slow = 0.0
        self.line = kind.line
        self._kind = kind
        self._dice = Random(0)
        self._optics = self._new_optics()
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._outgoing: asyncio.Queue[_Answer] = asyncio.Queue()
        self._waiting_octets = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._hanging_up: asyncio.Task[None] | None = None
        self._peripheral = BirdPeripheral(controller, kind, self._on_connection, self._on_write)

    @property
    def is_connected(self) -> bool:
        """Whether a client is."""
        return self._peripheral.connection is not None

    @property
    def is_encrypted(self) -> bool:
        """Whether the present connection is."""
        return self._peripheral.is_encrypted

    @property
    def subscribers(self) -> int:
        """How many clients are subscribed to its notifications now."""
        return self._peripheral.subscribers

    async def start(self) -> None:
        """Advertises from now on, and carries octets once connected."""
        await self._peripheral.start()
        self._tasks = [asyncio.create_task(self._pass_in()), asyncio.create_task(self._pass_out())]

    async def stop(self) -> None:
        """Switches it off; a connection ends without a word."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._peripheral.stop()

    async def drop(self) -> None:
        """Ends the connection, as a Bird does that is pulled off the meter."""
        await self._peripheral.disconnect()

    def _on_connection(self, connection: Any) -> None:
        """Nothing of an earlier connection is left."""
        self._optics = self._new_optics()
        self._waiting_octets = 0
        for queue in (self._incoming, self._outgoing):
            while not queue.empty():
                queue.get_nowait()
        connection.on("connection_att_mtu_update", self._on_mtu_update)

    def _on_mtu_update(self) -> None:
        """The first thing that a client asks for."""
        if self.hangs_up:
            self._hanging_up = asyncio.create_task(self.drop())

    def _on_write(self, value: bytes) -> None:
        """What does not fit its buffer is lost, as in real modules; their profiles claim half of what is there."""
        profile = self._kind.profile
        is_small = profile is not None and profile.flow == "paced"
        room = 2 * profile.buffer - self._waiting_octets if profile is not None and is_small else len(value)
        kept = value[: max(0, room)]
        self._waiting_octets += len(kept)
        self._incoming.put_nowait(kept)

    # ── between radio and meter ──

    def _new_optics(self) -> Optics:
        device, profile = self._kind.device, self._kind.profile
        session = None if device is None else new_session(self._kind.settings, device, self._kind.sign_on)
        return Optics(session, *((None, b"") if profile is None else (profile.baud, profile.double)))

    async def _pass_in(self) -> None:
        """What comes by radio goes out on the optical line, at its speed; what the meter answers is queued."""
        pace = _Pace()
        while True:
            request = await self._incoming.get()
            await pace.spend(self.line.seconds(len(request), self._optics.baud))
            self._waiting_octets -= len(request)
            own, answer = self._optics.take(request, asyncio.get_running_loop().time())
            if own:
                self._outgoing.put_nowait(_Answer(own, is_from_meter=False))
            if answer and not self.silent:
                self._outgoing.put_nowait(_Answer(self.line.spoil(answer, self._dice), is_from_meter=True))

    async def _pass_out(self) -> None:
        """In notifications as large as the connection takes."""
        while True:
            answer = await self._outgoing.get()
            if answer.is_from_meter:
                await asyncio.sleep(self.line.pause + self.slow)
            await self._send(answer.octets, is_paced=answer.is_from_meter)

    async def _send(self, octets: bytes, *, is_paced: bool) -> None:
        connection, pace = self._peripheral.connection, _Pace()
        while octets and connection is not None and connection is self._peripheral.connection:
            size = min(connection.att_mtu - 3, GATT_VALUE_OCTETS)
            piece, octets = octets[:size], octets[size:]
            if is_paced:
                await pace.spend(self.line.seconds(len(piece), self._optics.baud))
            if self._is_mute(len(piece)):
                return
            self.notified_octets += len(piece)
            await self._peripheral.notify(connection, piece)

    def _is_mute(self, octets: int) -> bool:
        if self.mute_after is not None:
            self.mute_after -= octets
        return self.mute_after is not None and self.mute_after < 0
