"""What a simulated meter speaks: HDLC at once or after a sign-on, the TCP wrapper, or a plain readout."""

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from agent.dlms import ServerSession, ServerSettings
from agent.dlms.iec21 import DataSet, Port, PortSettings
from agent.dlms.iec21.lines import Identification
from agent.domain.sample import APP_VERSION
from agent.domain.transport import GatewayAddress
from agent.simulator.gateway import GatewaySession
from agent.simulator.meter import SimulatedMeter

SignOn = Literal["none", "mode-e", "mode-c"]


class MeterSession(Protocol):
    """One client's connection to the meter."""

    def receive(self, data: bytes, now: float) -> None:
        """Octets that came; `now` is monotonic seconds."""

    def data_to_send(self) -> bytes:
        """The answer."""

    @property
    def baud(self) -> int | None:
        """The rate from now on; None where there is only one."""


@runtime_checkable
class Broadcasting(Protocol):
    """A session that also sends without being asked, every so many seconds."""

    every: float

    def broadcast(self) -> bytes:
        """What it sends."""


def new_session(
    settings: ServerSettings,
    meter: SimulatedMeter,
    sign_on: SignOn = "none",
    behind: Mapping[GatewayAddress, SimulatedMeter] | None = None,
) -> MeterSession:
    """A session with the meter, whose invocation counter is common to all its sessions.

    With meters `behind` it, it is a gateway.
    """
    own = _session(settings, meter)
    others = {address: _session(settings, other) for address, other in (behind or {}).items()}
    return on_port(GatewaySession(settings, own, others) if others else own, meter, sign_on)


def on_port(session: ServerSession | GatewaySession, meter: SimulatedMeter, sign_on: SignOn) -> MeterSession:
    """The session as the meter's port lets a client come to it."""
    if sign_on == "none":
        return DirectSession(session)
    identification = Identification("EPL", "5", meter.model.upper(), speaks_hdlc=sign_on == "mode-e")
    return SignedOnSession(session, identification, lambda: readout_of(meter))


def _session(settings: ServerSettings, meter: SimulatedMeter) -> ServerSession:
    return ServerSession(settings, meter, meter, os.urandom)


class DirectSession:
    """HDLC or the wrapper from the first octet."""

    baud: int | None = None

    def __init__(self, session: ServerSession | GatewaySession) -> None:
        self.receive, self.data_to_send = session.receive, session.data_to_send


class SignedOnSession:
    """The port waits for a sign-on, also each time that HDLC has ended."""

    def __init__(
        self,
        session: ServerSession | GatewaySession,
        identification: Identification,
        readout: Callable[[], tuple[DataSet, ...]],
    ) -> None:
        self._session = session
        self._port = Port(PortSettings(identification), readout)

    @property
    def baud(self) -> int | None:
        """See `MeterSession`."""
        return self._port.baud

    def receive(self, data: bytes, now: float) -> None:
        """See `MeterSession`."""
        was_connected = self._session.is_connected
        self._session.let_time_pass(now)
        if self._session.is_connected or not was_connected:
            self._carry(data, now)
        else:
            self._port.reset()
            self._port.receive(data, now)

    def _carry(self, data: bytes, now: float) -> None:
        if self._port.speaks_hdlc:
            was_connected = self._session.is_connected
            self._session.receive(data, now)
            if was_connected and not self._session.is_connected:
                self._port.reset()
        else:
            self._port.receive(data, now)

    def data_to_send(self) -> bytes:
        """See `MeterSession`."""
        return self._session.data_to_send() or self._port.data_to_send()


def readout_of(meter: SimulatedMeter) -> tuple[DataSet, ...]:
    """What the meter sends in a readout."""
    energies = meter.energies()
    registers = [("1.8.0", sum(energies)), *((f"1.8.{tariff}", value) for tariff, value in enumerate(energies, 1))]
    return (
        DataSet("0.0.0", ((meter.serial, None),)),
        DataSet("0.2.0", ((APP_VERSION, None),)),
        *(DataSet(address, ((f"{Decimal(value).scaleb(-3):010.3f}", "kWh"),)) for address, value in registers),
    )
