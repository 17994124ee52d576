"""The state of the probe as the page is shown it."""

from agent.api.messages import LinkState, ProbeInfo
from agent.api.views import error_info
from agent.link.paired import Paired
from agent.link.scanner import Found
from agent.link.status import ProbeStatus
from agent.store.probes import KnownProbe


def link_state(status: ProbeStatus, known: list[KnownProbe], *, external: bool, simulated: bool) -> LinkState:
    """Probes that were used here or that the system has paired are listed also while they are silent."""
    names = _Names(known, status.paired)
    heard = {found.address: names.probe(found) for found in status.found}
    silent = [names.silent(address) for address in names.addresses if address not in heard]
    return LinkState(
        state=status.state.value,
        probe=None if status.probe is None else names.probe(status.probe),
        found=[*heard.values(), *silent],
        led=status.led,
        external_probe=external,
        simulated=simulated,
        error=None if status.error is None else error_info(status.error),
    )


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
