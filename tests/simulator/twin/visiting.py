"""A visit to a twin, or to any simulated meter, over a line in memory; nothing is slept."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, cast

from agent.dlms import AssociationSettings, ServerSettings
from agent.drivers.choose import DriverParts, dlms_driver
from agent.drivers.dlms import DlmsDriver
from agent.drivers.driver import DriverRequest
from agent.drivers.observed_link import ObservedLink
from agent.drivers.session import Watcher
from agent.drivers.twin_visit import TwinVisit, secrets_of
from agent.link import Link
from agent.meters import MeterModel
from agent.meters.twin.clean import clean
from agent.meters.twin.model import Twin
from agent.procedures.twin import Recording
from agent.simulator.meter import SimulatedMeter
from agent.simulator.session import MeterSession, SignOn, new_session
from agent.simulator.twin.device import TwinDevice
from agent.simulator.twin.player import TwinPlayer
from agent.simulator.twin.serving import Piece, Player
from tests.drivers.line import cerm1
from tests.jobs.memory_line import MemoryClock

START = datetime(2026, 6, 1, 12, 0, 7, tzinfo=UTC)
Begin = Callable[[], Player]


class MeterPlayer:
    """Our own simulated meter as a `Player`, each answer after its pause."""

    has_ended = False

    def __init__(self, session: MeterSession, pause: float = 0.0) -> None:
        self._session, self._pause = session, pause

    def take(self, octets: bytes, now: float) -> Iterator[Piece]:
        self._session.receive(octets, now)
        answer = self._session.data_to_send()
        if answer:
            yield self._pause, answer


class PlayerLink:
    """A player behind a line whose time passes only while it waits."""

    name = "memory"

    def __init__(self, player: Player, clock: MemoryClock) -> None:
        self._player, self._clock = player, clock
        self._pieces: deque[Piece] = deque()

    async def open(self) -> None:
        return

    async def write(self, data: bytes) -> None:
        self._pieces += self._player.take(data, self._clock.monotonic())

    async def read(self, timeout: float) -> bytes:
        while self._pieces:
            pause, octets = self._pieces.popleft()
            self._clock.passed += pause
            if octets:
                return octets
        self._clock.passed += timeout
        return b""

    async def set_baud(self, _baud: int) -> None:
        return

    async def close(self) -> None:
        return


@dataclass
class Visit:
    """One client at one meter."""

    begin: Begin
    settings: AssociationSettings
    model: MeterModel
    mode_e: bool = False

    def __post_init__(self) -> None:
        self.clock = MemoryClock(START)
        self.link: Link = cast(Link, PlayerLink(self.begin(), self.clock))

    async def record(self, rows: int | None = None) -> tuple[Twin, str]:
        visit = TwinVisit(Recording(self.model, rows))
        driver = self.driver(Watcher(lambda _: None, lambda _: None, visit.expert, visit.opened))
        await visit.run(driver, ObservedLink(self.link, self.clock, visit.observed))
        return clean(visit.twin(self.settings, START), secrets_of(self.settings))

    async def do(self, request: DriverRequest) -> Any:
        """An activity."""
        return await self.driver(Watcher(lambda _: None, lambda _: None, lambda _: None)).perform(request, self.link)

    def driver(self, watcher: Watcher) -> DlmsDriver:
        parts = DriverParts(cast(Any, None), self.clock, watcher, mode_e=self.mode_e)
        return dlms_driver(self.model, lambda _: self.settings, parts)


def at_meter(
    meter: SimulatedMeter,
    settings: AssociationSettings,
    server: ServerSettings | None = None,
    sign_on: SignOn = "none",
    pause: float = 0.0,
    model: MeterModel | None = None,
) -> Visit:
    """A visit to our own simulated meter."""

    def begin() -> Player:
        return cast(Player, MeterPlayer(new_session(server or ServerSettings(), meter, sign_on), pause))

    return Visit(begin, settings, model or cerm1(), mode_e=sign_on == "mode-e")


def at_twin(twin: Twin, settings: AssociationSettings, *, fast: bool = False, model: MeterModel | None = None) -> Visit:
    """A visit to a twin with its own secret; its clock stands still."""

    def begin() -> Player:
        return TwinPlayer(TwinDevice(twin, lambda: START), Random(0), fast=fast)

    own = replace(settings, secret=twin.access.secret)
    return Visit(begin, own, model or cerm1(), mode_e=twin.sign_on is not None)
