"""One visit to a meter with quirks: a driver, a line of 9,600 baud in virtual time, one activity."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from itertools import count
from typing import Any

from agent.dlms import AssociationSettings, ClientAccess, Conformance, Mechanism, ServerSettings
from agent.dlms.cosem.objects import ListedObject
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import FrameKind
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import Protection
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.activity import Activity
from agent.domain.errors import EplusError
from agent.domain.parameters import NOTHING, Parameters, ReadRange
from agent.domain.results import LoadProfile, Result
from agent.drivers.association import association_with
from agent.drivers.choose import DriverParts, dlms_driver, driver_for
from agent.drivers.counters import Counter
from agent.drivers.driver import DriverRequest
from agent.drivers.session import Watcher
from agent.meters import MeterModel, load_model
from agent.meters.keys import Keys
from agent.procedures.association_view import association_view
from agent.simulator.load_profile import ProfileKind
from agent.simulator.meter import SimulatedMeter
from agent.simulator.quirks import Quirks
from agent.simulator.session import Broadcasting, SignOn
from tests.dlms.virtual_line import LAST_ROW, OCTETS_A_SECOND, PIECE_OCTETS, TURNAROUND_SECONDS
from tests.jobs.memory_line import MemoryClock

SERIAL = "QUIRKY-0001"
PASSWORD = b"12345678"
ENERGIES = (55134, 312258, 81227, 172, 1043, 2309)
ROWS_HELD = 120
READOUT = "readout"
RANGE = ReadRange(LAST_ROW - timedelta(hours=3), LAST_ROW)
RANGE_OF_EVENTS = ReadRange(LAST_ROW - timedelta(hours=3), LAST_ROW + timedelta(hours=1))
_NO_WATCHER = Watcher(lambda _: None, lambda _: None, lambda _: None)


class Way(Enum):
    """How client and meter talk: one short frame at a time, long frames in windows, or ciphered as well."""

    FRAMES = "frames"
    WINDOWS = "windows"
    CIPHERED = "ciphered"


_SERVERS = {
    Way.FRAMES: ServerSettings(max_info=128),
    Way.WINDOWS: ServerSettings(max_info=512, window=7),
    Way.CIPHERED: ServerSettings(max_info=1024, window=1, conformance=SERVICES | Conformance.GENERAL_PROTECTION),
}
_KEY = bytes(range(16))
_METERS_KEYS = SecuritySettings(b"CRM\0\0\0\0\1", _KEY, _KEY[::-1], 0, Protection.of_words("auth-enc"))
_OUR_KEYS = Keys(b"EPL\0\0\0\0\1", _KEY, _KEY[::-1])


class Errand(Enum):
    """What is done in a visit."""

    READING = "reading"
    INSTANT = "instant"
    CLOCK = "clock"
    LOAD_PROFILE = "load-profile"
    EVENTS = "events"
    OBJECTS = "objects"


@dataclass
class Outcome:
    """`rows` are those of a load profile. `heard` is how long before the client hung up the last octet came, `writes`
    how often something was sent; `meter` is the regular meter, which knows the truth."""

    meter: SimulatedMeter
    is_readout: bool
    result: Result | tuple[ListedObject, ...] | None = None
    error: EplusError | None = None
    seconds: float = 0.0
    heard: float | None = None
    writes: int = 0
    channels: tuple[Any, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)


class QuirkyLine:
    """A `Link` to such a meter."""

    name = "memory"

    def __init__(
        self, meter: SimulatedMeter, quirks: Quirks, clock: MemoryClock, way: Way, sign_on: SignOn = "none"
    ) -> None:
        self._session = quirks.session(_SERVERS[way], meter, sign_on)
        self._clock = clock
        self._pause = TURNAROUND_SECONDS + quirks.pause
        self._coming: deque[tuple[float, bytes]] = deque()
        self.writes = 0
        self.last_came: float | None = None
        self.heard: float | None = None

    async def open(self) -> None:
        return

    async def write(self, data: bytes) -> None:
        self.writes += 1
        if any(frame.kind is FrameKind.DISC for frame in Deframer().feed(data)):
            self.heard = self.silence
        self._clock.passed += len(data) / OCTETS_A_SECOND
        self._session.receive(data, self._clock.monotonic())
        answer = self._session.data_to_send()
        self._come(answer, self._clock.monotonic() + self._pause)

    def _come(self, answer: bytes, at: float) -> None:
        """From that moment on, but after what is coming already."""
        if self._coming:
            at = max(at, self._coming[-1][0])
        for start in range(0, len(answer), PIECE_OCTETS):
            piece = answer[start : start + PIECE_OCTETS]
            at += len(piece) / OCTETS_A_SECOND
            self._coming.append((at, piece))

    async def read(self, timeout: float) -> bytes:
        await asyncio.sleep(0)
        until = self._clock.passed + timeout
        if isinstance(self._session, Broadcasting) and not self._coming:
            self._come(self._session.broadcast(), self._clock.passed + self._session.every)
        if not self._coming or self._coming[0][0] > until:
            self._clock.passed = until
            return b""
        at, piece = self._coming.popleft()
        self._clock.passed = max(self._clock.passed, at)
        self.last_came = self._clock.passed
        return piece

    @property
    def silence(self) -> float | None:
        """For how long nothing has come; None if nothing ever has."""
        return None if self.last_came is None else self._clock.passed - self.last_came

    async def set_baud(self, _baud: int) -> None:
        return

    async def close(self) -> None:
        return


class _Numbers:
    """An invocation counter in memory."""

    is_known = True

    def __init__(self) -> None:
        self._numbers = count()

    def next(self) -> int:
        return next(self._numbers)

    def reserve(self) -> None:
        return

    def raise_to(self, least: int) -> None:
        self._numbers = count(least)


class _Counters:
    """One key, one counter."""

    def __init__(self) -> None:
        self._only = _Numbers()

    def counter(self, _system_title: bytes, _key: bytes) -> Counter:
        return self._only


def new_meter(way: Way = Way.FRAMES) -> SimulatedMeter:
    """The regular meter, whose time stands still."""
    access = ClientAccess(Mechanism.HLS_GMAC, None, _METERS_KEYS) if way is Way.CIPHERED else None
    profile = ProfileKind(rows=ROWS_HELD)
    return SimulatedMeter(SERIAL, ENERGIES, PASSWORD, lambda: LAST_ROW, profile=profile, management=access)


def visit(names: tuple[str, ...], errand: Errand, model: str, way: Way) -> Outcome:
    """At a meter with these quirks; with the model `readout`, over a plain readout."""
    return asyncio.run(_visit(Quirks.named(names), errand, model, way))


async def _visit(quirks: Quirks, errand: Errand, model_name: str, way: Way) -> Outcome:
    meter, clock = new_meter(way), MemoryClock(LAST_ROW)
    outcome = Outcome(meter, is_readout=model_name == READOUT)
    line = QuirkyLine(meter, quirks, clock, way, "mode-c" if outcome.is_readout else "none")
    try:
        outcome.result = await _do(errand, model_name, way, line, clock, outcome)
    except EplusError as error:
        outcome.error = error
    outcome.seconds, outcome.writes = clock.passed, line.writes
    outcome.heard = line.silence if line.heard is None else line.heard
    return outcome


async def _do(errand: Errand, model_name: str, way: Way, line: QuirkyLine, clock: MemoryClock, outcome: Outcome) -> Any:
    model = load_model(model_name)
    parts = DriverParts(_Counters(), clock, _NO_WATCHER)

    def associate(model: MeterModel) -> AssociationSettings:
        if way is Way.CIPHERED and model.association.authentication == "lls":
            return association_with(model, _OUR_KEYS, None, "hls-gmac", "auth-enc")
        secret = PASSWORD if model.association.authentication == "lls" else None
        return association_with(model, None, secret, model.association.authentication, "none")

    if errand is Errand.OBJECTS:
        assert isinstance(model, MeterModel)
        return await dlms_driver(model, associate, parts).run(association_view, "Object list", line)

    def take(part: LoadProfile) -> None:
        outcome.channels = part.channels
        outcome.rows += part.rows

    ranges: dict[Errand, Parameters] = {Errand.LOAD_PROFILE: RANGE, Errand.EVENTS: RANGE_OF_EVENTS}
    parameters = ranges.get(errand, NOTHING)
    request = DriverRequest(Activity(errand.value), None, parameters, take if errand is Errand.LOAD_PROFILE else None)
    return await driver_for(model, associate, parts).perform(request, line)
