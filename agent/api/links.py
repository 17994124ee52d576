"""What the page can ask for about probes: another part of the service, on the agent's loop."""

from agent.api.hub import Hub
from agent.api.link_views import link_state
from agent.api.messages import ConnectProbe, Empty, ForgetProbe, RenameProbe, UseExternalProbe
from agent.domain.clock import Clock
from agent.domain.errors import InputError, LoginRefused
from agent.link.manager import ProbeManager
from agent.link.status import ProbeStatus, Wanted
from agent.store import Store, probes, settings
from agent.store.probes import KnownProbe
from agent.store.settings import Setting
from agent.sync.sync import Sync

LONGEST_LABEL = 40


class LinkService:
    """Its `on_probe` is for the probe manager; `wire` gives it that manager."""

    probe: ProbeManager
    sync: Sync

    def __init__(self, store: Store, hub: Hub, clock: Clock) -> None:
        self._store, self._hub, self._clock = store, hub, clock

    def wire(self, probe: ProbeManager, sync: Sync) -> None:
        self.probe, self.sync = probe, sync
        with self._store.read() as db:
            probe.use_mode_e(on=settings.get(db, Setting.EXTERNAL_PROBE) == "yes")
        self._show()

    def on_probe(self, status: ProbeStatus) -> None:
        with self._store.read() as db:
            known = probes.known(db)
        simulated = self.probe.radio.simulated
        self._hub.link(link_state(status, known, external=self.probe.mode_e, simulated=simulated))

    async def reconnect_last(self) -> None:
        """The last used probe connects by itself, as soon as it is there."""
        await self.probe.list_paired()
        if (last := self._last_used()) is not None:
            await self.probe.keep(self._wanted(last.address))

    # ── methods of the socket ──

    async def link_scan(self, _: Empty) -> Empty:
        self._require_user()
        await self.probe.scan()
        return Empty()

    async def link_scan_stop(self, _: Empty) -> Empty:
        await self.probe.stop_scan()
        return Empty()

    async def link_connect(self, wish: ConnectProbe) -> Empty:
        self._require_user()
        await self.probe.connect(self._wanted(wish.address))
        own_name = next((each.name for each in self.probe.status().found if each.address == wish.address), None)
        used = KnownProbe(wish.address, own_name, self._clock.now(), profile=self.probe.profile_title)
        await self._store.write(lambda db: probes.remember(db, used))
        self._show()
        return Empty()

    async def link_disconnect(self, _: Empty) -> Empty:
        await self.probe.disconnect()
        return Empty()

    async def link_rename(self, wish: RenameProbe) -> Empty:
        self._require_user()
        label = wish.name.strip()
        if len(label) > LONGEST_LABEL or not label.isprintable():
            raise InputError(code="bad-input", field="name")
        if not await self._store.write(lambda db: probes.rename(db, wish.address, label or None)):
            raise InputError(code="probe-unknown", address=wish.address[:40])
        self._show()
        return Empty()

    async def link_forget(self, wish: ForgetProbe) -> Empty:
        self._require_user()
        await self.probe.forget(wish.address)
        await self._store.write(lambda db: probes.forget(db, wish.address))
        self._show()
        return Empty()

    async def link_external(self, wish: UseExternalProbe) -> Empty:
        self._require_user()
        self.probe.use_mode_e(on=wish.on)
        await self._store.write(lambda db: settings.put(db, Setting.EXTERNAL_PROBE, "yes" if wish.on else "no"))
        self._show()
        return Empty()

    # ── helpers ──

    def _show(self) -> None:
        self.on_probe(self.probe.status())

    def _last_used(self) -> KnownProbe | None:
        with self._store.read() as db:
            return next(iter(probes.known(db)), None)

    def _wanted(self, address: str) -> Wanted:
        """What this tablet knows of it makes the connection faster."""
        with self._store.read() as db:
            known = next((each for each in probes.known(db) if each.address == address), None)
        if known is None:
            return Wanted(address)
        cacheable = {profile.title for profile in self.probe.radio.profiles if profile.cached_services}
        return Wanted(address, known.label or known.name, cached=known.profile in cacheable)

    def _require_user(self) -> None:
        if self.sync.user is None:
            raise LoginRefused(code="not-logged-in")
