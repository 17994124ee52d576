"""The one owner of the way to a probe: scans, connects, keeps connected, lends it to one job at a time.

`states.py` says what may follow what. Everything runs on one event loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from random import Random

from agent.domain.errors import EplusError, LinkBusy, LinkError, LinkLost, LinkNotFound, LinkUnavailable
from agent.link.address import BleAddress, SerialAddress, parse_probe
from agent.link.backoff import Backoff
from agent.link.ble import BleLink
from agent.link.link import Led, Link, ProbeLink
from agent.link.paired import Paired
from agent.link.radio import Radio
from agent.link.scanner import Found
from agent.link.serial_port import SerialLink
from agent.link.states import NEXT, ProbeEvent, ProbeState, next_state
from agent.link.surroundings import Surroundings
from agent.link.trace import NO_TRACE, Tracer

HEARD_LATELY_SECONDS = 5.0
STEADY_SECONDS = 10.0
"""A connection that lived so long was a good one: after it, waiting begins anew."""
SHORTEST_WAIT_SECONDS = 1.0
"""However loudly the probe is heard."""
CANCELLATIONS, CANCEL_SECONDS = 2, 10.0
"""Seconds: longer than a link takes to close."""
RADIO_SECONDS = 5.0
"""How often a radio that is off is looked at again."""
_KEEP_THE_ERROR = (
    ProbeEvent.DUE,
    ProbeEvent.HEARD,
    ProbeEvent.LINKED,
    ProbeEvent.RECOGNISED,
    ProbeEvent.PAIR_ASKED,
    ProbeEvent.PAIRED,
)
"""While it is tried again, the page goes on telling what went wrong before."""

Outcome = asyncio.Future[EplusError | None]


@dataclass(frozen=True)
class Wanted:
    """The probe to be connected to. `cached` allows the operating system to remember its services."""

    address: str
    name: str | None = None
    cached: bool = False


@dataclass(frozen=True)
class ProbeStatus:
    """`probe` is the one that we connect to, are connected to, or wait for; `led` what can be told of its lamp.

    `mode_e`: a sign-on comes before HDLC (sonda externa)."""

    state: ProbeState
    probe: Found | None
    found: tuple[Found, ...]
    paired: tuple[Paired, ...]
    error: EplusError | None
    led: Led | None
    mode_e: bool


class ProbeManager:
    """`on_change` is called after every change of the status. `mode_e`: a sign-on comes before HDLC (sonda externa)."""

    def __init__(
        self,
        radio: Radio,
        monotonic: Callable[[], float],
        on_change: Callable[[ProbeStatus], None],
        dice: Random | None = None,
        tracer: Tracer = NO_TRACE,
    ) -> None:
        self.radio = radio
        self.mode_e = False
        self._monotonic, self._on_change, self._tracer = monotonic, on_change, tracer
        self._dice = dice or Random()
        self._around = Surroundings(radio, monotonic)
        self._state = ProbeState.IDLE
        self._error: EplusError | None = None
        self._wanted: Wanted | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._link: ProbeLink | None = None
        self._lent = False
        self._changing = asyncio.Lock()

    def status(self) -> ProbeStatus:
        around = self._around
        return ProbeStatus(
            self._state, self._probe(), around.found(), around.paired, self._error, self._led(), self.mode_e
        )

    # ── what the technician asks for ──

    async def scan(self) -> None:
        """Lists what is around until `stop_scan` or `connect`. Raises LinkUnavailable, LinkBusy."""
        async with self._changing:
            self._refuse_while_lent()
            if self._state is ProbeState.SCANNING:
                return
            await self._let_go()
            self._fire(ProbeEvent.SCAN)
            try:
                trouble = await self._around.start(lambda: self._tell(self._error))
            except LinkUnavailable as error:
                self._fire(ProbeEvent.NO_RADIO, error)
                raise
            self._tell(trouble)

    async def stop_scan(self) -> None:
        async with self._changing:
            await self._stop_scan()

    async def connect(self, wanted: Wanted) -> None:
        """Connects to a probe, and keeps it connected from then on; scanning ends first.

        Raises:
            InputError: `bad-link`, it is no address.
            LinkError: it cannot be reached, is no probe, or a job holds the link.
        """
        error = await (await self._keep(wanted, is_patient=False))
        if error is not None:
            raise error

    async def keep(self, wanted: Wanted) -> None:
        """As `connect`, but waits for a probe that is not there, for as long as it takes; returns at once."""
        await self._keep(wanted, is_patient=True)

    async def disconnect(self) -> None:
        """Also while it connects or waits. Raises LinkBusy while a job holds the link."""
        async with self._changing:
            self._refuse_while_lent()
            await self._let_go()
            self._tell()

    async def forget(self, address: str) -> None:
        """Lets go of this probe, and unpairs it where the system had paired it. Raises LinkBusy."""
        if self._wanted is not None and self._wanted.address == address:
            await self.disconnect()
        if any(each.address == address for each in self._around.paired):
            await self.radio.unpair(address)
        await self.list_paired()

    async def list_paired(self) -> None:
        """Asks the operating system anew what it has paired."""
        await self._around.list_paired()
        self._tell(self._error)

    def use_mode_e(self, *, on: bool) -> None:
        """Raises LinkBusy while a job holds the link."""
        self._refuse_while_lent()
        self.mode_e = on

    async def close(self) -> None:
        """Lets everything go, whoever holds it; may be called again."""
        async with self._changing:
            await self._stop_scan()
            await self._let_go()

    # ── what a job asks for ──

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Link]:
        """The connected link, for one job. If it is lost, the job is told by LinkLost, and keeps the dead link.

        Raises:
            LinkBusy: another job has it.
            LinkError: `link-not-connected`.
        """
        link = self.require_connected()
        self._lent = True
        try:
            yield self._tracer(link)
        finally:
            self._lent = False

    def require_connected(self) -> Link:
        """The link that a job could have now; raises as `lease` does."""
        self._refuse_while_lent()
        if self._link is None or self._state is not ProbeState.READY:
            raise LinkError(code="link-not-connected")
        return self._link

    @property
    def profile_title(self) -> str | None:
        """Of the probe that is connected, by which the next connection may be faster."""
        profile = self._link.profile if isinstance(self._link, BleLink) else None
        return None if profile is None else profile.title

    def _refuse_while_lent(self) -> None:
        if self._lent:
            raise LinkBusy()

    # ── a connection, and the next one ──

    async def _keep(self, wanted: Wanted, *, is_patient: bool) -> Outcome:
        """Starts the keeper. What comes of its first attempt is in the future."""
        parse_probe(wanted.address)
        async with self._changing:
            self._refuse_while_lent()
            await self._stop_scan()
            await self._let_go()
            self._wanted = wanted
            outcome: Outcome = asyncio.get_running_loop().create_future()
            self._fire(ProbeEvent.CONNECT)
            self._keeper = asyncio.create_task(self._keep_connected(wanted, outcome, is_patient=is_patient))
            self._keeper.add_done_callback(lambda _: _resolve(outcome, LinkError(code="link-not-connected")))
            return outcome

    async def _keep_connected(self, wanted: Wanted, outcome: Outcome, *, is_patient: bool) -> None:
        backoff = Backoff(self._dice)
        while True:
            error = await self._one_connection(wanted, outcome, backoff)
            is_first = not outcome.done()
            _resolve(outcome, error)
            if not error.retryable or (is_first and not is_patient):
                self._fire(ProbeEvent.NO_RADIO if isinstance(error, LinkUnavailable) else ProbeEvent.RELEASED, error)
                return
            await self._wait_for(wanted, error, backoff)

    async def _one_connection(self, wanted: Wanted, outcome: Outcome, backoff: Backoff) -> LinkError:
        """Until it is lost, or failed: gives why. The connection is closed then, also when cancelled."""
        link = self._make_link(wanted)
        error: LinkError = LinkLost()
        began = self._monotonic()
        try:
            await link.open()
            _obey_cancellation()
            self._link = link
            self._tell()
            _resolve(outcome, None)
            await self._until_lost(link)
            if self._monotonic() - began >= STEADY_SECONDS:
                backoff.reset()
        except LinkError as trouble:
            error = self._explained(trouble, wanted, began)
        finally:
            self._link = None
            self._fire(ProbeEvent.ENDED, error)
            await link.close()
        return error

    async def _until_lost(self, link: ProbeLink) -> None:
        while not link.lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(link.keep_alive_seconds):
                    await link.lost.wait()
            if not link.lost.is_set() and not self._lent:
                await link.keep_alive()

    def _make_link(self, wanted: Wanted) -> ProbeLink:
        address = parse_probe(wanted.address)
        found = self._around.find(wanted.address)
        name = wanted.name or (None if found is None else found.name)
        if isinstance(address, SerialAddress):
            return SerialLink(address, name, self._fire)
        return BleLink(
            address,
            self.radio,
            name,
            device=self._around.take_device(wanted.address),
            cached=wanted.cached,
            on_event=self._fire,
            on_led=lambda: self._tell(self._error),
        )

    def _explained(self, error: LinkError, wanted: Wanted, began: float) -> LinkError:
        """A probe that was heard and cannot be had is somebody else's at the moment."""
        found = self._around.find(wanted.address)
        heard = found is not None and not found.is_port and found.seen_at >= began - HEARD_LATELY_SECONDS
        if isinstance(error, LinkNotFound) and heard:
            return LinkError(error.detail, code="link-taken", address=wanted.name or wanted.address)
        return error

    async def _wait_for(self, wanted: Wanted, error: LinkError, backoff: Backoff) -> None:
        """Until the time has come, or an advertisement tells that the probe is there again."""
        delay = backoff.next_delay()
        if isinstance(error, LinkUnavailable):
            self._fire(ProbeEvent.NO_RADIO, error)
            await asyncio.sleep(min(delay, RADIO_SECONDS))
            self._fire(ProbeEvent.DUE)
            return
        self._fire(ProbeEvent.RETRY, error)
        advertises = isinstance(parse_probe(wanted.address), BleAddress)
        is_listening = advertises and isinstance(error, LinkLost | LinkNotFound)
        at_least = min(delay, SHORTEST_WAIT_SECONDS) if is_listening else delay
        await asyncio.sleep(at_least)
        heard = delay > at_least and await self._around.hear(wanted.address, delay - at_least)
        self._fire(ProbeEvent.HEARD if heard else ProbeEvent.DUE)

    async def _stop_scan(self) -> None:
        if self._state is ProbeState.SCANNING:
            await self._around.stop()
            self._fire(ProbeEvent.STOP_SCAN)

    async def _let_go(self) -> None:
        """Ends the keeper and its connection, whatever it was doing, and forgets what went wrong."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            await _end(keeper)
        self._wanted = None
        for event in (ProbeEvent.ENDED, ProbeEvent.RELEASED):
            if event in NEXT[self._state]:
                self._fire(event)
        self._error = None

    # ── telling ──

    def _fire(self, event: ProbeEvent, error: EplusError | None = None) -> None:
        self._state = next_state(self._state, event)
        self._tell(self._error if event in _KEEP_THE_ERROR else error)

    def _tell(self, error: EplusError | None = None) -> None:
        self._error = error
        self._on_change(self.status())

    def _probe(self) -> Found | None:
        if self._wanted is None:
            return None
        found = self._around.find(self._wanted.address)
        if found is None:
            return Found(self._wanted.address, self._wanted.name, None, is_probe=True, seen_at=self._monotonic())
        return replace(found, name=found.name or self._wanted.name)

    def _led(self) -> Led | None:
        """Green is connected; red is in the meter and not connected, as far as anybody can hear."""
        if self._state is ProbeState.READY:
            return (None if self._link is None else self._link.led) or "green"
        lately = self._monotonic() - HEARD_LATELY_SECONDS
        probe = self._probe()
        return "red" if probe is not None and probe.signal is not None and probe.seen_at >= lately else None


async def _end(keeper: "asyncio.Task[None]") -> None:
    """Told more than once, as what it awaits may swallow one; who then still hangs is left to itself."""
    for _ in range(CANCELLATIONS):
        keeper.cancel()
        await asyncio.wait({keeper}, timeout=CANCEL_SECONDS)
        if keeper.done():
            return


def _obey_cancellation() -> None:
    """What is awaited below may swallow a cancellation that comes as it is done; asyncio.wait_for did until 3.12."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _resolve(outcome: Outcome, error: EplusError | None) -> None:
    if not outcome.done():
        outcome.set_result(error)
