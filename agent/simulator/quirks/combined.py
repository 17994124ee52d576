"""Quirks together in one meter: its session, each quirk at its place."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import TypeVar

from agent.dlms import (
    ActionReply,
    AttributeDescriptor,
    ClientAccess,
    Data,
    DataAccessResult,
    MethodDescriptor,
    ServerSession,
    ServerSettings,
)
from agent.dlms.xdlms.common import Result
from agent.domain.errors import InputError
from agent.domain.transport import GatewayAddress
from agent.simulator.meter import SimulatedMeter
from agent.simulator.quirks.association import ASSOCIATION
from agent.simulator.quirks.object_list import OBJECT_LIST
from agent.simulator.quirks.port import BroadcastingPort, ReadoutPort
from agent.simulator.quirks.profile import PROFILE
from agent.simulator.quirks.quirk import (
    ApduQuirk,
    Carry,
    LineQuirk,
    Quirk,
    Read,
    ReadoutQuirk,
    Serve,
    SettingsQuirk,
    ValueQuirk,
)
from agent.simulator.quirks.readouts import READOUTS
from agent.simulator.quirks.services import SERVICES
from agent.simulator.quirks.transport import TRANSPORT
from agent.simulator.quirks.values import VALUES
from agent.simulator.session import MeterSession, SignOn, new_session, on_port

Q = TypeVar("Q", bound=Quirk)

FAMILIES: dict[str, tuple[Quirk, ...]] = {
    "values": VALUES,
    "object list": OBJECT_LIST,
    "profile": PROFILE,
    "services": SERVICES,
    "association": ASSOCIATION,
    "transport": TRANSPORT,
    "readout": READOUTS,
}
"""All quirks by family, from the meter outwards: one that comes later sees what those before it have made."""
QUIRKS = {quirk.name: quirk for family in FAMILIES.values() for quirk in family}
"""All quirks by name."""


@dataclass(frozen=True)
class Quirks:
    """A combination, in the order of `QUIRKS`."""

    chosen: tuple[Quirk, ...] = ()

    @classmethod
    def named(cls, names: Iterable[str]) -> "Quirks":
        """Those with these names.

        Raises:
            InputError: there is no such quirk.
        """
        wanted = set(names)
        for name in sorted(wanted - QUIRKS.keys()):
            raise InputError(code="bad-input", field=f"quirk {name}"[:60])
        return cls(tuple(quirk for quirk in QUIRKS.values() if quirk.name in wanted))

    @property
    def pause(self) -> float:
        """What the meter waits before each answer, in seconds."""
        return sum(quirk.pause for quirk in self._at(LineQuirk))

    def session(
        self,
        settings: ServerSettings,
        meter: SimulatedMeter,
        sign_on: SignOn = "none",
        behind: Mapping[GatewayAddress, SimulatedMeter] | None = None,
    ) -> MeterSession:
        """A session with the meter as the quirks have made it; the regular one where there are none.

        A meter with quirks is no gateway.
        """
        if not self.chosen:
            return new_session(settings, meter, sign_on, behind)
        if sign_on == "mode-c":
            asked = ReadoutPort(meter, self._at(ReadoutQuirk))
            return BroadcastingPort(asked) if asked.sends_by_itself else asked
        for quirk in self._at(SettingsQuirk):
            settings = quirk.change(settings)
        device = _QuirkyMeter(meter, tuple(quirk.begin() for quirk in self._at(ValueQuirk)))
        answers = tuple(quirk.begin() for quirk in self._at(ApduQuirk))
        port = on_port(_QuirkySession(settings, device, meter, answers), meter, sign_on)
        return _QuirkyLine(port, tuple(quirk.begin() for quirk in self._at(LineQuirk)))

    def _at(self, place: type[Q]) -> tuple[Q, ...]:
        return tuple(quirk for quirk in self.chosen if isinstance(quirk, place))


NO_QUIRKS = Quirks()


@dataclass(frozen=True)
class _QuirkyMeter:
    """A logical device whose values pass the quirks."""

    meter: SimulatedMeter
    reads: tuple[Callable[[AttributeDescriptor, Read], Result], ...]

    def access(self, client_sap: int) -> ClientAccess | None:
        return self.meter.access(client_sap)

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Result:
        plain: Read = partial(self.meter.read, client_sap)
        return reduce(lambda inner, quirk: partial(_pass_read, quirk, inner), self.reads, plain)(attribute)

    def write(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> DataAccessResult:
        return self.meter.write(client_sap, attribute, value)

    def invoke(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> ActionReply:
        return self.meter.invoke(client_sap, method, parameters)


def _pass_read(
    quirk: Callable[[AttributeDescriptor, Read], Result], inner: Read, attribute: AttributeDescriptor
) -> Result:
    return quirk(attribute, inner)


class _QuirkySession(ServerSession):
    """A server's session whose APDUs pass the quirks."""

    def __init__(
        self,
        settings: ServerSettings,
        device: _QuirkyMeter,
        meter: SimulatedMeter,
        answers: tuple[Callable[[bytes, Serve], list[bytes]], ...],
    ) -> None:
        self._answers = answers
        super().__init__(settings, device, meter, os.urandom)

    def respond(self, client_sap: int, apdu: bytes) -> list[bytes]:
        """See `ServerSession`."""
        if not apdu:
            return []
        plain: Serve = partial(super().respond, client_sap)
        return reduce(lambda inner, quirk: lambda request: quirk(request, inner), self._answers, plain)(apdu)


class _QuirkyLine:
    """A session whose octets pass the quirks."""

    def __init__(self, inner: MeterSession, carries: tuple[Callable[[bytes, float, Carry], bytes], ...]) -> None:
        self._inner, self._carries = inner, carries
        self._out = b""

    @property
    def baud(self) -> int | None:
        return self._inner.baud

    def receive(self, data: bytes, now: float) -> None:
        def plain(octets: bytes) -> bytes:
            self._inner.receive(octets, now)
            return self._inner.data_to_send()

        carry: Carry = reduce(lambda inner, quirk: lambda octets: quirk(octets, now, inner), self._carries, plain)
        self._out += carry(data)

    def data_to_send(self) -> bytes:
        out, self._out = self._out, b""
        return out
