"""The way to a probe: the state of the Bird, what is around, and what the technician does with it."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from agent.api.message import Empty, ErrorInfo, PageMessage, Text, error_info
from agent.api.rpc import method
from agent.api.sessions import PageSession
from agent.domain.clock import Clock
from agent.domain.errors import InputError
from agent.link.manager import ProbeManager
from agent.link.paired import Paired
from agent.link.scanner import Found
from agent.link.status import ProbeStatus, Wanted
from agent.store import Store, probes, settings
from agent.store.probes import KnownProbe
from agent.store.settings import Setting

LONGEST_LABEL = 40
"""Characters."""


class ProbeInfo(PageMessage):
    """One Bluetooth device or serial port in the list. `signal` is smoothed RSSI in dBm, none while it is silent."""

    address: str
    name: str | None
    signal: int | None
    known: Annotated[bool, Field(description="used on this tablet before, or paired with it")]
    used: Annotated[bool, Field(description="used on this tablet before: it can be renamed")] = False
    is_probe: Annotated[bool, Field(description="advertises a probe's service, or is a port that may carry one")]
    is_port: Annotated[bool, Field(description="a serial port")] = False


class LinkState(PageMessage):
    """State of the Bird: `off` Bluetooth cannot be used (see error), `idle`, `scanning`, on the way `connecting`,
    `discovering`, `pairing` and `subscribing`, then `ready`; `draining` while it is disconnected, `backing-off` until
    the next attempt (see error). `led` is its lamp, as it says itself or as one can conclude: none if nobody knows."""

    state: Literal[
        "off",
        "idle",
        "scanning",
        "connecting",
        "discovering",
        "pairing",
        "subscribing",
        "ready",
        "draining",
        "backing-off",
    ]
    probe: ProbeInfo | None = None
    found: list[ProbeInfo] = Field(default_factory=list)
    led: Literal["red", "green"] | None = None
    external_probe: bool = False
    simulated: Annotated[bool, Field(description="the radio is a virtual one")] = False
    error: ErrorInfo | None = None


class ConnectProbe(PageMessage):
    """The address as listed."""

    address: Text


class RenameProbe(PageMessage):
    """An empty name takes the given one off: the probe is called as it calls itself."""

    address: Text
    name: Annotated[str, Field(max_length=80)]


class ForgetProbe(PageMessage):
    """The address as listed."""

    address: Text


class UseExternalProbe(PageMessage):
    """Sonda externa: the meter behind the probe waits for a sign-on (IEC 62056-21 mode E) before HDLC."""

    on: bool


def link_state(status: ProbeStatus, known: list[KnownProbe], *, simulated: bool) -> LinkState:
    """Probes that were used here or that the system has paired are listed also while they are silent."""
    names = _Names(known, status.paired)
    heard = {found.address: names.probe(found) for found in status.found}
    silent = [names.silent(address) for address in names.addresses if address not in heard]
    return LinkState(
        state=status.state.value,
        probe=None if status.probe is None else names.probe(status.probe),
        found=[*heard.values(), *silent],
        led=status.led,
        external_probe=status.mode_e,
        simulated=simulated,
        error=None if status.error is None else error_info(status.error),
    )


class ProbeNews:
    """Shows the page what the probe manager says; `simulated`: the radio is a virtual one."""

    def __init__(self, store: Store, show: Callable[[LinkState], None], *, simulated: bool) -> None:
        self._store = store
        self._show = show
        self._simulated = simulated

    def on_probe(self, status: ProbeStatus) -> None:
        """For the probe manager: after every change of its status."""
        with self._store.read() as db:
            known = probes.known(db)
        self._show(link_state(status, known, simulated=self._simulated))


class ProbeMethods:
    """What the technician does with probes."""

    def __init__(
        self, store: Store, clock: Clock, session: PageSession, manager: ProbeManager, news: ProbeNews
    ) -> None:
        self._store = store
        self._clock = clock
        self._session = session
        self._manager = manager
        self._news = news

    async def restore(self) -> None:
        """What was chosen before the last stop: the kind of probe, and the last used one connects as soon as it is
        there. Raises LinkError."""
        with self._store.read() as db:
            self._manager.use_mode_e(on=settings.get(db, Setting.EXTERNAL_PROBE) == "yes")
            last = next(iter(probes.known(db)), None)
        self._show()
        await self._manager.list_paired()
        if last is not None:
            await self._manager.keep(self._wanted(last.address))

    @method("link.scan")
    async def scan(self, _: Empty) -> Empty:
        """Lists what is around. Raises LinkError, LoginRefused."""
        self._session.user()
        await self._manager.scan()
        return Empty()

    @method("link.scan_stop")
    async def stop_scan(self, _: Empty) -> Empty:
        """Ends the scan."""
        await self._manager.stop_scan()
        return Empty()

    @method("link.connect")
    async def connect(self, request: ConnectProbe) -> Empty:
        """Connects, and remembers the probe. Raises InputError, LinkError, LoginRefused."""
        self._session.user()
        await self._manager.connect(self._wanted(request.address))
        own_name = next((each.name for each in self._manager.status().found if each.address == request.address), None)
        used = KnownProbe(request.address, own_name, self._clock.now(), profile=self._manager.profile_title)
        await self._store.write(lambda db: probes.remember(db, used))
        self._show()
        return Empty()

    @method("link.disconnect")
    async def disconnect(self, _: Empty) -> Empty:
        """Raises: LinkBusy while a job holds the link."""
        await self._manager.disconnect()
        return Empty()

    @method("link.rename")
    async def rename(self, request: RenameProbe) -> Empty:
        """Raises: InputError `bad-input`, `probe-unknown`; LoginRefused."""
        self._session.user()
        label = request.name.strip()
        if len(label) > LONGEST_LABEL or not label.isprintable():
            raise InputError(code="bad-input", field="name")
        if not await self._store.write(lambda db: probes.rename(db, request.address, label or None)):
            raise InputError(code="probe-unknown", address=request.address[:40])
        self._show()
        return Empty()

    @method("link.forget")
    async def forget(self, request: ForgetProbe) -> Empty:
        """Raises: LinkBusy, LoginRefused."""
        self._session.user()
        await self._manager.forget(request.address)
        await self._store.write(lambda db: probes.forget(db, request.address))
        self._show()
        return Empty()

    @method("link.external")
    async def use_external(self, request: UseExternalProbe) -> Empty:
        """Raises: LinkBusy, LoginRefused."""
        self._session.user()
        self._manager.use_mode_e(on=request.on)
        await self._store.write(lambda db: settings.put(db, Setting.EXTERNAL_PROBE, "yes" if request.on else "no"))
        self._show()
        return Empty()

    def _show(self) -> None:
        self._news.on_probe(self._manager.status())

    def _wanted(self, address: str) -> Wanted:
        """What this tablet knows of the probe makes the connection faster."""
        with self._store.read() as db:
            known = next((each for each in probes.known(db) if each.address == address), None)
        if known is None:
            return Wanted(address)
        cacheable = {profile.title for profile in self._manager.radio.profiles if profile.cached_services}
        return Wanted(address, known.label or known.name, cached=known.profile in cacheable)


class _Names:
    """How a probe is called: by the people here, by itself, or by the operating system."""

    def __init__(self, known: list[KnownProbe], paired: tuple[Paired, ...]) -> None:
        self._known = {each.address: each for each in known}
        self._paired = {each.address: each for each in paired}
        self.addresses = [*self._known, *(address for address in self._paired if address not in self._known)]

    def probe(self, found: Found) -> ProbeInfo:
        return ProbeInfo(
            address=found.address,
            name=self._name(found.address, found.name),
            signal=None if found.signal is None else round(found.signal),
            known=found.address in self._known or found.address in self._paired,
            used=found.address in self._known,
            is_probe=found.is_probe or found.address in self._known,
            is_port=found.is_port,
        )

    def silent(self, address: str) -> ProbeInfo:
        return ProbeInfo(
            address=address,
            name=self._name(address, None),
            signal=None,
            known=True,
            used=address in self._known,
            is_probe=address in self._known,
            is_port=False,
        )

    def _name(self, address: str, heard: str | None) -> str | None:
        known, paired = self._known.get(address), self._paired.get(address)
        label = None if known is None else known.label
        own = None if known is None else known.name
        return label or heard or own or (None if paired is None else paired.name)
