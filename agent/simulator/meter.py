"""Simulated meters in three models: what they are, how clients get in, and what they do by themselves."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Literal

from agent.dlms import (
    ActionReply,
    ActionResult,
    AttributeDescriptor,
    ClientAccess,
    Data,
    DataAccessResult,
    Mechanism,
    MethodDescriptor,
    Tag,
)
from agent.dlms.xdlms.common import Result
from agent.domain.errors import InputError
from agent.domain.sample import APP_VERSION, FIRST_CREDIT_WH, OTHER_LLS_PASSWORD, OTHER_VENDING_KEY, SampleMeter
from agent.domain.simulated import SIMULATED
from agent.simulator.clock import clock, moment_to_set
from agent.simulator.event_log import event_objects
from agent.simulator.instant import instant_objects
from agent.simulator.kept import Kept
from agent.simulator.ledger import Ledger
from agent.simulator.load_profile import ProfileKind, captured_objects
from agent.simulator.objects import DATA, DONE, NOT_TAKEN, CosemObject, ObjectTable, text
from agent.simulator.prepayment import Prepayment
from agent.simulator.profile import Compression
from agent.simulator.purse import Credit, Purse
from agent.simulator.registers import Registers
from agent.simulator.supply import (
    MODE_THAT_NEVER_OPENS,
    MODES_THAT_CLOSE_BY_THEMSELVES,
    ControlState,
    activity_calendar,
    disconnect_control,
    limiter,
    switched,
)
from agent.simulator.token_gateway import Options, TokenGateway
from agent.simulator.use import Use

PUBLIC_CLIENT, MANAGEMENT_CLIENT = 16, 1
Model = Literal["cerm1", "cert1", "generic"]
_COUNTS_A_START = 16
"""Bits of the invocation counter that are counted between two starts; the rest is the number of starts."""


@dataclass
class SimulatedMeter:
    """`first_energies` are T1…T6 in Wh at the epoch; `now` is the true time, the meter's clock is `ahead` of it.

    A disconnected meter counts nothing. `cut_off`: it opened its breaker itself, when the credit ran out.
    `management` is how client 1 gets in; by default with the LLS password.
    The state in the ledger, if there is one, takes precedence over what is given here.

    Raises:
        InputError: the ledger is another meter's.
    """

    serial: str
    first_energies: tuple[int, ...]
    lls_password: bytes = field(repr=False)
    now: Callable[[], datetime]
    connected: bool = True
    ready: bool = False
    cut_off: bool = False
    ahead: timedelta = timedelta(seconds=3)
    model: Model = "cerm1"
    management: ClientAccess | None = field(default=None, repr=False)
    compression: Compression = Compression.NONE
    vending_key: bytes = field(default=OTHER_VENDING_KEY, repr=False)
    purse: Purse = field(default_factory=Purse)
    options: Options = field(default_factory=Options)
    control_mode: int = 4
    profile: ProfileKind = field(default_factory=ProfileKind)
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self._use = Use.since_epoch(self.first_energies, flows=self.connected)
        self._kept = Kept(self._applied)
        self._registers = Registers(self._use, self.now)
        self._credit = Credit(self.purse, self._registers.total)
        self._objects = ObjectTable(self._make_objects())
        self._restore()
        if self.purse.energy is None:
            self._credit.settle()
        self._applied("power-up")
        self._numbers = count(self.ledger.count("power-up") << _COUNTS_A_START)

    def next(self) -> int:
        """The meter's own invocation counter, which never goes back, not even after a restart."""
        return next(self._numbers)

    def access(self, client_sap: int) -> ClientAccess | None:
        """How this client gets in; None for a client that is not known."""
        if client_sap == PUBLIC_CLIENT:
            return ClientAccess()
        if client_sap != MANAGEMENT_CLIENT:
            return None
        return self.management or ClientAccess(Mechanism.LLS, self.lls_password)

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Result:
        """Every known client may read everything."""
        self._catch_up()
        return self._objects.read(attribute) if self.access(client_sap) else DataAccessResult.OBJECT_UNDEFINED

    def write(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> DataAccessResult:
        """Client 1 only."""
        if client_sap != MANAGEMENT_CLIENT:
            return DataAccessResult.READ_WRITE_DENIED
        self._catch_up()
        return self._objects.write(attribute, value)

    def invoke(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> ActionReply:
        """Client 1 only."""
        if client_sap != MANAGEMENT_CLIENT:
            return ActionReply(ActionResult.READ_WRITE_DENIED)
        self._catch_up()
        return self._objects.invoke(method, parameters)

    @property
    def credit_wh(self) -> int:
        """The credit that is left, now."""
        self._catch_up()
        return self._credit.amount()

    @property
    def control_state(self) -> ControlState:
        """Of the disconnect control (class 70)."""
        if self.connected:
            return ControlState.CONNECTED
        return ControlState.READY_FOR_RECONNECTION if self.ready else ControlState.DISCONNECTED

    def energies(self) -> list[int]:
        """T1…T6 in Wh, now."""
        self._catch_up()
        return self._use.energies(self.now())

    # ── what outlives a restart ──

    def _applied(self, kind: str, at: datetime | None = None, **facts: Any) -> None:
        """Writes it to the ledger before the meter answers; what cannot be written is undone. `at` is the true time.

        Raises:
            OSError: it could not be written.
        """
        state = {
            "serial": self.serial,
            "connected": self.connected,
            "ready": self.ready,
            "cut_off": self.cut_off,
            "use": self._use.state(),
            "ahead_s": self.ahead.total_seconds(),
            "purse": asdict(self.purse),
            "kept": self._kept.state(),
        }
        try:
            self.ledger.add(kind, (at or self.now()) + self.ahead, state, **facts)
        except OSError:
            self._restore()
            raise

    def _restore(self) -> None:
        """Back to the state after the last entry of the ledger."""
        if (state := self.ledger.state) is None:
            return
        if state["serial"] != self.serial:
            raise InputError(code="bad-input", field=f"ledger of {state['serial']}")
        self.connected, self.ready = state["connected"], state["ready"]
        self.cut_off = state["cut_off"]
        self._use.restore(state["use"])
        self.ahead = timedelta(seconds=state["ahead_s"])
        vars(self.purse).update(state["purse"])
        self._kept.restore(state["kept"])

    # ── objects ──

    def _make_objects(self) -> dict[str, CosemObject]:
        common = {
            "0.0.96.1.0.255": text(self.serial),
            "0.0.42.0.0.255": text(SIMULATED + self.serial),
            "0.0.43.1.0.255": CosemObject(DATA, {2: self._last_counter}),
            "0.0.1.0.0.255": clock(self._local_time, self._set_clock),
            "1.0.1.8.0.255": self._registers.total_object(),
            "1.0.99.1.0.255": self._registers.profile_object(self.profile, self.compression),
            **captured_objects(self._registers.total, self.profile.channels),
        }
        if self.model == "generic":
            return {**common, "1.0.1.7.0.255": self._registers.power_object()}
        return common | self._objects_of_a_supply(phases=3 if self.model == "cert1" else 1)

    def _objects_of_a_supply(self, phases: int) -> dict[str, CosemObject]:
        """What the models have that can switch the supply and sell energy."""
        gateway = TokenGateway(
            self.serial, self.vending_key, self._credit, self.ledger, self._local_time, self._applied
        )
        return {
            "1.0.0.2.0.255": text(APP_VERSION),
            "0.0.96.3.10.255": disconnect_control(lambda: self.control_state, lambda: self.control_mode, self._switch),
            "0.0.17.0.0.255": limiter(self._kept),
            "0.0.13.0.0.255": activity_calendar(self._kept),
            "1.0.1.7.0.255": self._registers.power_object(),
            **self._registers.tariff_objects(),
            **instant_objects(self._registers.power, phases),
            **event_objects(self.ledger.entries),
            **Prepayment(self._credit, self._kept, self._applied).objects(),
            **gateway.objects(self.options),
        }

    # ── breaker ──

    def _switch(self, connect: bool, _parameters: Data | None) -> ActionReply:
        state = switched(self.control_mode, self.control_state, connect=connect)
        if state is None:
            return NOT_TAKEN
        self._move(state, self.now())
        self._applied("breaker", connected=connect)
        return DONE

    def press_button(self) -> None:
        """What the customer does at a meter that is ready for reconnection; of no effect otherwise."""
        if self.control_state is ControlState.READY_FOR_RECONNECTION:
            self._move(ControlState.CONNECTED, self.now())
            self._applied("button")

    def _catch_up(self) -> None:
        """What the meter has done by itself since it was last asked.

        It opens the breaker in the second when a prepaid credit ran out, and closes it when there is credit again,
        where the control mode says so.
        """
        is_out = self._credit.is_out()
        if self.connected and is_out and self.control_mode != MODE_THAT_NEVER_OPENS:
            end = self._use.reached(self._credit.end(), self.now())
            self._move(ControlState.READY_FOR_RECONNECTION, end, cut_off=True)
            self._applied("cut-off", end)
        elif self.cut_off and not is_out and self.control_mode in MODES_THAT_CLOSE_BY_THEMSELVES:
            self._move(ControlState.CONNECTED, self.now())
            self._applied("credit-again")

    def _move(self, state: ControlState, at: datetime, *, cut_off: bool = False) -> None:
        self.connected, self.ready = state is ControlState.CONNECTED, state is ControlState.READY_FOR_RECONNECTION
        self.cut_off = cut_off
        self._use.switch(at, flows=self.connected)

    # ── clock and invocation counter ──

    def _local_time(self) -> datetime:
        """What the meter's clock says."""
        return self.now() + self.ahead

    def _set_clock(self, value: Data) -> DataAccessResult:
        moment = moment_to_set(value)
        if isinstance(moment, DataAccessResult):
            return moment
        self.ahead = moment - self.now()
        self._applied("clock", ahead_s=self.ahead.total_seconds())
        return DataAccessResult.SUCCESS

    def _last_counter(self) -> Data:
        """The last invocation counter of client 1, which the public client may read."""
        seen = self.management.seen if self.management else {}
        return Data(Tag.DOUBLE_LONG_UNSIGNED, max(seen.values(), default=0))


def sample_meter(sample: SampleMeter, now: Callable[[], datetime], ledger: Path | None = None) -> SimulatedMeter:
    """A meter of the sample; `now` is the true time, `ledger` the file that keeps what it does."""
    return SimulatedMeter(
        sample.serial,
        sample.energies,
        sample.lls_password,
        now,
        connected=sample.connected,
        vending_key=sample.vending_key,
        purse=Purse(prepaid=sample.prepaid, credit=FIRST_CREDIT_WH if sample.prepaid else 0),
        ledger=Ledger(ledger),
    )


def other_meter(serial: str, now: Callable[[], datetime], ledger: Path | None = None) -> SimulatedMeter:
    """A meter that is not in the sample; its password is `OTHER_LLS_PASSWORD`."""
    return SimulatedMeter(serial, (1000, 2000, 3000, 40, 50, 60), OTHER_LLS_PASSWORD, now, ledger=Ledger(ledger))
