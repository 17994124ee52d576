"""A virtual radio with Birds on it, and a tablet on the same radio for the real bleak to work through."""

import contextlib
import itertools
from typing import Any

from bumble.device import Device, DeviceConfiguration
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

from agent.link.paired import Paired
from agent.link.ports import SerialPort
from agent.link.radio import Radio
from agent.simulator.bird import Bird
from agent.simulator.bird_settings import BirdSettings
from agent.simulator.bumble_backend import make_backends
from agent.simulator.controller import RadioController, Waves


class VirtualAir:
    """The virtual radio and the Birds on it. Everything runs on one event loop."""

    def __init__(self) -> None:
        self._link = Waves()
        self._signals: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self.birds: list[Bird] = []

    def new_controller(self, name: str, **transport: Any) -> RadioController:
        """The controller of one more device in range; `transport` joins it to a host outside this program."""
        return RadioController(name, self._link, self._signals, **transport)

    async def add_bird(self, kind: BirdSettings, signal: int = -50) -> Bird:
        """A Bird in range, advertising; `signal` in dBm."""
        self._signals[kind.address] = signal
        bird = Bird(self.new_controller(f"bird {next(self._numbers)}"), kind)
        self.birds.append(bird)
        await bird.start()
        return bird

    async def close(self) -> None:
        """Removes all Birds."""
        for bird in self.birds:
            bird.controller.go_out_of_range()
            await bird.stop()
        self.birds.clear()


class VirtualTablet:
    """bleak's backends over a Bluetooth stack in this program, on that radio. Closing it closes the radio too."""

    def __init__(self, air: VirtualAir) -> None:
        self.air = air
        controller = air.new_controller("tablet")
        configuration = DeviceConfiguration(name="tablet", address=Address.generate_static_address())
        self._device = Device.from_config_with_hci(configuration, controller, controller)
        self._device.keystore = MemoryKeyStore()
        delegate = PairingDelegate(PairingDelegate.NO_OUTPUT_NO_INPUT)
        self._device.pairing_config_factory = lambda _: PairingConfig(mitm=False, delegate=delegate)
        client, scanner = make_backends(self._device)
        self.radio = Radio(client, scanner, simulated=True, paired=self._paired, ports=_no_ports)

    @classmethod
    async def create(cls) -> "VirtualTablet":
        """A tablet that is switched on, alone on its radio."""
        tablet = cls(VirtualAir())
        await tablet._device.power_on()
        return tablet

    @property
    def device(self) -> Any:
        """The tablet's Bluetooth stack."""
        return self._device

    async def add_bird(self, kind: BirdSettings, signal: int = -50) -> Bird:
        """See `VirtualAir.add_bird`."""
        return await self.air.add_bird(kind, signal)

    async def close(self) -> None:
        """Switches off the tablet and removes all Birds."""
        await self.air.close()
        with contextlib.suppress(Exception):
            await self._device.power_off()

    async def _paired(self) -> list[Paired]:
        keys = await self._device.keystore.get_all()
        return [Paired(address.upper()[:17], None) for address, _ in keys]


async def _no_ports() -> list[SerialPort]:
    return []
