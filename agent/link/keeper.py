"""Keeps one probe connected: attempt after attempt, each with a new link, until it is stopped."""

import asyncio
import contextlib
from collections.abc import Callable
from random import Random

from agent.domain.errors import EplusError, LinkError, LinkLost, LinkNotFound, LinkUnavailable
from agent.link.address import BleAddress, SerialAddress, parse_probe
from agent.link.backoff import Backoff
from agent.link.ble import BleLink
from agent.link.link import ProbeLink
from agent.link.radio import Radio
from agent.link.serial_port import SerialLink
from agent.link.states import ProbeEvent
from agent.link.status import HEARD_LATELY_SECONDS, StatusReporter, Wanted
from agent.link.surroundings import Surroundings

STEADY_SECONDS = 10.0
"""After a connection that lasted this long, the back-off starts again from its shortest delay."""
SHORTEST_WAIT_SECONDS = 1.0
"""The least wait before the next attempt, even if the probe is heard."""
CANCELLATIONS, CANCEL_SECONDS = 2, 10.0
"""How often the task is cancelled, and the seconds it has each time: longer than a link takes to close."""
RADIO_SECONDS = 5.0
"""How often a radio that is off is tried again, at least."""

Outcome = asyncio.Future[EplusError | None]
"""How a first attempt ended; None if it connected."""


class ConnectionKeeper:
    """One task that connects, waits until the connection is lost, and connects again.

    `is_lent` is set while a job has the link: the keep-alive pauses then.
    """

    def __init__(
        self,
        radio: Radio,
        surroundings: Surroundings,
        reporter: StatusReporter,
        monotonic: Callable[[], float],
        dice: Random,
    ) -> None:
        self._radio, self._surroundings, self._reporter = radio, surroundings, reporter
        self._monotonic, self._dice = monotonic, dice
        self._task: asyncio.Task[None] | None = None
        self.is_lent = False

    def start(self, wanted: Wanted, *, is_patient: bool) -> Outcome:
        """Begins the first attempt; only one task may run at a time.

        `is_patient` goes on trying where the first attempt fails. The future is also done if `stop` comes first.
        """
        outcome: Outcome = asyncio.get_running_loop().create_future()
        self._reporter.fire(ProbeEvent.CONNECT)
        self._task = asyncio.create_task(self._keep_connected(wanted, outcome, is_patient=is_patient))
        self._task.add_done_callback(lambda _: _resolve(outcome, LinkError(code="link-not-connected")))
        return outcome

    async def stop(self) -> None:
        """Ends the task, whatever it is doing; its connection is closed. May be called again."""
        task, self._task = self._task, None
        if task is not None:
            await _end(task)

    async def _keep_connected(self, wanted: Wanted, outcome: Outcome, *, is_patient: bool) -> None:
        backoff = Backoff(self._dice)
        while True:
            error = await self._one_connection(wanted, outcome, backoff)
            is_first = not outcome.done()
            _resolve(outcome, error)
            if not error.retryable or (is_first and not is_patient):
                event = ProbeEvent.NO_RADIO if isinstance(error, LinkUnavailable) else ProbeEvent.RELEASED
                self._reporter.fire(event, error)
                return
            await self._wait_for(wanted, error, backoff)

    async def _one_connection(self, wanted: Wanted, outcome: Outcome, backoff: Backoff) -> LinkError:
        """Returns why the attempt failed or the connection was lost. The link is closed then, also when cancelled."""
        link = self._make_link(wanted)
        error: LinkError = LinkLost()
        began = self._monotonic()
        try:
            await link.open()
            _obey_cancellation()
            self._reporter.link = link
            self._reporter.report()
            _resolve(outcome, None)
            await self._until_lost(link)
            if self._monotonic() - began >= STEADY_SECONDS:
                backoff.reset()
        except LinkError as trouble:
            error = self._explained(trouble, wanted, began)
        finally:
            self._reporter.link = None
            self._reporter.fire(ProbeEvent.ENDED, error)
            await link.close()
        return error

    async def _until_lost(self, link: ProbeLink) -> None:
        while not link.lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(link.keep_alive_seconds):
                    await link.lost.wait()
            if not link.lost.is_set() and not self.is_lent:
                await link.keep_alive()

    def _make_link(self, wanted: Wanted) -> ProbeLink:
        address = parse_probe(wanted.address)
        found = self._surroundings.find(wanted.address)
        name = wanted.name or (None if found is None else found.name)
        if isinstance(address, SerialAddress):
            return SerialLink(address, name, self._reporter.fire)
        return BleLink(
            address,
            self._radio,
            name,
            device=self._surroundings.take_device(wanted.address),
            cached=wanted.cached,
            on_event=self._reporter.fire,
            on_led=self._reporter.report_again,
        )

    def _explained(self, error: LinkError, wanted: Wanted, began: float) -> LinkError:
        """A probe that was heard but does not answer is in use by another tablet."""
        found = self._surroundings.find(wanted.address)
        heard = found is not None and not found.is_port and found.seen_at >= began - HEARD_LATELY_SECONDS
        if isinstance(error, LinkNotFound) and heard:
            return LinkError(error.detail, code="link-taken", address=wanted.name or wanted.address)
        return error

    async def _wait_for(self, wanted: Wanted, error: LinkError, backoff: Backoff) -> None:
        """Returns when the next attempt is due, or earlier when the probe advertises."""
        delay = backoff.next_delay()
        if isinstance(error, LinkUnavailable):
            self._reporter.fire(ProbeEvent.NO_RADIO, error)
            await asyncio.sleep(min(delay, RADIO_SECONDS))
            self._reporter.fire(ProbeEvent.DUE)
            return
        self._reporter.fire(ProbeEvent.RETRY, error)
        advertises = isinstance(parse_probe(wanted.address), BleAddress)
        is_listening = advertises and isinstance(error, LinkLost | LinkNotFound)
        at_least = min(delay, SHORTEST_WAIT_SECONDS) if is_listening else delay
        await asyncio.sleep(at_least)
        heard = delay > at_least and await self._surroundings.hear(wanted.address, delay - at_least)
        self._reporter.fire(ProbeEvent.HEARD if heard else ProbeEvent.DUE)


async def _end(task: "asyncio.Task[None]") -> None:
    """Cancels more than once, as what the task awaits may swallow a cancellation; a task that still hangs is left."""
    for _ in range(CANCELLATIONS):
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_SECONDS)
        if task.done():
            return


def _obey_cancellation() -> None:
    """What was awaited may have swallowed a cancellation that came as it finished; asyncio.wait_for did until 3.12."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _resolve(outcome: Outcome, error: EplusError | None) -> None:
    if not outcome.done():
        outcome.set_result(error)
