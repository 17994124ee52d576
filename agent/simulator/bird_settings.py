"""What kinds of Birds there are."""

from dataclasses import dataclass
from typing import Literal

from agent.dlms import ServerSettings
from agent.link.profile import ProbeProfile, probe_profiles
from agent.simulator.line import FAST, OpticalLine
from agent.simulator.meter import SimulatedMeter
from agent.simulator.session import SignOn

ADVERTISING_MS = 100
DEFAULT_SETTINGS = ServerSettings(max_info=1024, window=7)
NORDIC_UART = next(profile for profile in probe_profiles() if profile.title == "Nordic UART")

Pairing = Literal["none", "just-works", "pin"]


@dataclass(frozen=True)
class BirdSettings:
    """`device` None makes an echo, for tests of the link alone; `profile` None makes a device that is not a probe.

    `pairing`: whether it has to be paired before it sends anything, and whether that takes a PIN. `settings` and
    `sign_on` are the meter's.
    """

    name: str
    address: str
    device: SimulatedMeter | None = None
    line: OpticalLine = FAST
    settings: ServerSettings = DEFAULT_SETTINGS
    sign_on: SignOn = "none"
    mtu: int = 247
    profile: ProbeProfile | None = NORDIC_UART
    pairing: Pairing = "none"
    advertising_ms: int = ADVERTISING_MS
