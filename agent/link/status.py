"""What is known of the way to a probe at any moment, and who is told when it changes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.domain.errors import EplusError
from agent.link.link import Led, ProbeLink
from agent.link.paired import Paired
from agent.link.scanner import Found
from agent.link.states import NEXT, ProbeEvent, ProbeState, next_state
from agent.link.surroundings import Surroundings

HEARD_LATELY_SECONDS = 5.0
_E = ProbeEvent
_KEEP_THE_ERROR = (_E.DUE, _E.HEARD, _E.LINKED, _E.RECOGNISED, _E.PAIR_ASKED, _E.PAIRED)
"""During the next attempt, the page goes on showing what went wrong before."""


@dataclass(frozen=True)
class Wanted:
    """The probe to connect to. `cached` allows the operating system to remember its services."""

    address: str
    name: str | None = None
    cached: bool = False


@dataclass(frozen=True)
class ProbeStatus:
    """`probe` is the one that is connected, being connected, or waited for; `led` is the colour of its LED.

    `mode_e`: a sign-on comes before HDLC (sonda externa).
    """

    state: ProbeState
    probe: Found | None
    found: tuple[Found, ...]
    paired: tuple[Paired, ...]
    error: EplusError | None
    led: Led | None
    mode_e: bool


class StatusReporter:
    """Holds the state, the last error, the probe that is wanted and its link while it is connected.

    `on_change` is called after every change of the state or the error, and at every `report`.
    """

    def __init__(
        self, surroundings: Surroundings, monotonic: Callable[[], float], on_change: Callable[[ProbeStatus], None]
    ) -> None:
        self._surroundings, self._monotonic, self._on_change = surroundings, monotonic, on_change
        self.state = ProbeState.IDLE
        self.error: EplusError | None = None
        self.wanted: Wanted | None = None
        self.link: ProbeLink | None = None
        self.mode_e = False

    def status(self) -> ProbeStatus:
        """A snapshot."""
        around = self._surroundings
        return ProbeStatus(
            self.state, self._probe(), around.found(), around.paired, self.error, self._led(), self.mode_e
        )

    def can_fire(self, event: ProbeEvent) -> bool:
        """Whether the event is in the table for the present state."""
        return event in NEXT[self.state]

    def fire(self, event: ProbeEvent, error: EplusError | None = None) -> None:
        """Moves to the next state and reports it. Raises LocalProtocolError if the event cannot happen now."""
        self.state = next_state(self.state, event)
        self.report(self.error if event in _KEEP_THE_ERROR else error)

    def report(self, error: EplusError | None = None) -> None:
        """Reports the status with this error in the place of the last one."""
        self.error = error
        self._on_change(self.status())

    def report_again(self) -> None:
        """Reports the status, which has changed in something else than the state and the error."""
        self.report(self.error)

    def _probe(self) -> Found | None:
        if self.wanted is None:
            return None
        found = self._surroundings.find(self.wanted.address)
        if found is None:
            return Found(self.wanted.address, self.wanted.name, None, is_probe=True, seen_at=self._monotonic())
        return replace(found, name=found.name or self.wanted.name)

    def _led(self) -> Led | None:
        """Green when connected; red when the probe has been heard lately, as it then sits on a meter unconnected."""
        if self.state is ProbeState.READY:
            return (None if self.link is None else self.link.led) or "green"
        lately = self._monotonic() - HEARD_LATELY_SECONDS
        probe = self._probe()
        return "red" if probe is not None and probe.signal is not None and probe.seen_at >= lately else None
