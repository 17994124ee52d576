"""What a simulated meter has counted and measures now: its use of energy as COSEM objects."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from agent.dlms import Tag
from agent.simulator.load import TARIFFS
from agent.simulator.load_profile import ProfileKind, SimulatedLoadProfile, cells, columns, turn_before
from agent.simulator.objects import CosemObject, register
from agent.simulator.profile import Compression
from agent.simulator.use import Use

_WATT_HOURS, _WATT = 30, 27
"""Units of IEC 62056-6-2."""


@dataclass(frozen=True)
class Registers:
    """`now` is the true time."""

    use: Use
    now: Callable[[], datetime]

    def total(self) -> int:
        """Wh, of all tariffs."""
        return sum(self.use.energies(self.now()))

    def power(self) -> int:
        """W, over the last minute."""
        now = self.now()
        return 60 * (sum(self.use.energies(now)) - sum(self.use.energies(now - timedelta(minutes=1))))

    def total_object(self) -> CosemObject:
        """Register 1.0.1.8.0."""
        return register(self.total, _WATT_HOURS)

    def power_object(self) -> CosemObject:
        """Register 1.0.1.7.0."""
        return register(self.power, _WATT, tag=Tag.LONG_UNSIGNED)

    def tariff_objects(self) -> dict[str, CosemObject]:
        """Registers 1.0.1.8.1 to 1.0.1.8.6."""
        return {f"1.0.1.8.{n + 1}.255": register(partial(self._energy, n), _WATT_HOURS) for n in range(TARIFFS)}

    def profile_object(self, kind: ProfileKind, compression: Compression) -> CosemObject:
        """The load profile: what was counted at the end of each capture period."""
        profile = SimulatedLoadProfile(
            columns(kind.channels),
            lambda moment: cells(sum(self.use.energies(moment)), kind.channels),
            self.now,
            capacity=kind.rows,
            compression=compression,
            oddity=kind.oddity,
            turn=turn_before(self.now()),
        )
        return profile.as_object()

    def _energy(self, index: int) -> int:
        return self.use.energies(self.now())[index]
