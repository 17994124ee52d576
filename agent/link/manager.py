"""The one owner of the way to a probe: scans, connects, keeps connected, lends the link to one job at a time.

Everything runs on one event loop. `states.py` says what may follow what, `keeper.py` keeps the connection.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from random import Random

from agent.domain.errors import LinkBusy, LinkError, LinkUnavailable
from agent.domain.transport import PLAIN_HDLC
from agent.link.address import parse_probe
from agent.link.ble import BleLink
from agent.link.keeper import ConnectionKeeper, Outcome
from agent.link.link import Link
from agent.link.radio import Radio
from agent.link.states import ProbeEvent, ProbeState
from agent.link.status import ProbeStatus, StatusReporter, Wanted
from agent.link.surroundings import Surroundings
from agent.link.trace import NO_TRACE, Tracer


class ProbeManager:
    """`on_change` is called after every change of the status."""

    transport = PLAIN_HDLC
    """Behind a probe there is one meter, which speaks HDLC."""

    def __init__(
        self,
        radio: Radio,
        monotonic: Callable[[], float],
        on_change: Callable[[ProbeStatus], None],
        dice: Random | None = None,
        tracer: Tracer = NO_TRACE,
    ) -> None:
        self.radio = radio
        self._tracer = tracer
        self._surroundings = Surroundings(radio, monotonic)
        self._reporter = StatusReporter(self._surroundings, monotonic, on_change)
        self._keeper = ConnectionKeeper(radio, self._surroundings, self._reporter, monotonic, dice or Random())
        self._changing = asyncio.Lock()

    def status(self) -> ProbeStatus:
        """What is known now."""
        return self._reporter.status()

    # ── what the technician asks for ──

    async def scan(self) -> None:
        """Lists what is around until `stop_scan` or `connect`; a connection is closed first.

        Raises:
            LinkUnavailable: there is nothing to scan with.
            LinkBusy: a job holds the link.
        """
        async with self._changing:
            self._refuse_while_lent()
            if self._reporter.state is ProbeState.SCANNING:
                return
            await self._disconnect()
            self._reporter.fire(ProbeEvent.SCAN)
            try:
                trouble = await self._surroundings.start(self._reporter.report_again)
            except LinkUnavailable as error:
                self._reporter.fire(ProbeEvent.NO_RADIO, error)
                raise
            self._reporter.report(trouble)

    async def stop_scan(self) -> None:
        """Does nothing where no scan is under way."""
        async with self._changing:
            await self._stop_scan()

    async def connect(self, wanted: Wanted) -> None:
        """Connects to a probe, and keeps it connected from then on; scanning ends first.

        Raises:
            InputError: `bad-link`, not an address.
            LinkError: it cannot be reached, is not a probe, or a job holds the link.
        """
        error = await (await self._keep(wanted, is_patient=False))
        if error is not None:
            raise error

    async def keep(self, wanted: Wanted) -> None:
        """As `connect`, but returns at once and goes on trying for as long as it takes.

        Raises:
            InputError: `bad-link`, not an address.
            LinkBusy: a job holds the link.
        """
        await self._keep(wanted, is_patient=True)

    async def disconnect(self) -> None:
        """Also while it connects or waits. Raises LinkBusy while a job holds the link."""
        async with self._changing:
            self._refuse_while_lent()
            await self._disconnect()
            self._reporter.report()

    async def forget(self, address: str) -> None:
        """Disconnects this probe, and unpairs it where the system had paired it.

        Raises:
            LinkBusy: a job holds the link.
        """
        wanted = self._reporter.wanted
        if wanted is not None and wanted.address == address:
            await self.disconnect()
        if any(each.address == address for each in self._surroundings.paired):
            await self.radio.unpair(address)
        await self.list_paired()

    async def list_paired(self) -> None:
        """Asks the operating system again what it has paired."""
        await self._surroundings.list_paired()
        self._reporter.report_again()

    @property
    def mode_e(self) -> bool:
        """Whether a sign-on comes before HDLC (sonda externa)."""
        return self._reporter.mode_e

    def use_mode_e(self, *, on: bool) -> None:
        """Raises LinkBusy while a job holds the link."""
        self._refuse_while_lent()
        self._reporter.mode_e = on

    async def close(self) -> None:
        """Ends scan and connection, even while a job holds the link; may be called again."""
        async with self._changing:
            await self._stop_scan()
            await self._disconnect()

    # ── what a job asks for ──

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Link]:
        """The connected link, for one job. If it is lost, the job gets LinkLost, and keeps the dead link.

        Raises:
            LinkBusy: another job has it.
            LinkError: `link-not-connected`.
        """
        link = self.require_connected()
        self._keeper.is_lent = True
        try:
            yield self._tracer(link)
        finally:
            self._keeper.is_lent = False

    def require_connected(self) -> Link:
        """The link that a job could have now; raises as `lease` does."""
        self._refuse_while_lent()
        link = self._reporter.link
        if link is None or self._reporter.state is not ProbeState.READY:
            raise LinkError(code="link-not-connected")
        return link

    @property
    def profile_title(self) -> str | None:
        """Of the connected probe; knowing it, the next connection may be faster."""
        link = self._reporter.link
        profile = link.profile if isinstance(link, BleLink) else None
        return None if profile is None else profile.title

    def _refuse_while_lent(self) -> None:
        if self._keeper.is_lent:
            raise LinkBusy()

    # ── one change at a time: all of this under the lock ──

    async def _keep(self, wanted: Wanted, *, is_patient: bool) -> Outcome:
        """Starts the keeper. The future tells how its first attempt ended."""
        parse_probe(wanted.address)
        async with self._changing:
            self._refuse_while_lent()
            await self._stop_scan()
            await self._disconnect()
            self._reporter.wanted = wanted
            return self._keeper.start(wanted, is_patient=is_patient)

    async def _stop_scan(self) -> None:
        if self._reporter.state is ProbeState.SCANNING:
            await self._surroundings.stop()
            self._reporter.fire(ProbeEvent.STOP_SCAN)

    async def _disconnect(self) -> None:
        """Stops the keeper, whatever it was doing, and forgets what went wrong."""
        await self._keeper.stop()
        self._reporter.wanted = None
        for event in (ProbeEvent.ENDED, ProbeEvent.RELEASED):
            if self._reporter.can_fire(event):
                self._reporter.fire(event)
        self._reporter.error = None
