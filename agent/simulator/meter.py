"""Simulated meters: living registers, clock, firmware, breaker and load profile, in three models."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
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
    Obis,
    Tag,
)
from agent.dlms.cosem.capture import CaptureObject
from agent.dlms.cosem.clock import decode_date_time, encode_date_time
from agent.dlms.cosem.selection import CLOCK_COLUMN
from agent.dlms.xdlms.common import Result
from agent.domain.errors import MalformedData
from agent.domain.sample import APP_VERSION, FIRST_CREDIT_WH, OTHER_LLS_PASSWORD, OTHER_VENDING_KEY, SampleMeter
from agent.simulator.ledger import Ledger
from agent.simulator.load import TARIFFS, energy_since_epoch
from agent.simulator.objects import (
    CLOCK,
    DATA,
    DISCONNECT_CONTROL,
    DONE,
    REGISTER,
    CosemObject,
    ObjectTable,
    register,
    text,
)
from agent.simulator.prepayment import Options, Prepayment, Purse
from agent.simulator.profile import Compression, Profile

PUBLIC_CLIENT, MANAGEMENT_CLIENT = 16, 1
Model = Literal["cerm1", "cert1", "generic"]
_WATT_HOURS, _WATT, _VOLT, _AMPERE, _VAR_HOURS = 30, 27, 35, 33, 32


@dataclass
class Meter:
    """`first_energies` are T1…T6 in Wh at the epoch; `now` is the true time, the meter's clock is `ahead` of it.

    A disconnected meter counts nothing. `management` is how client 1 gets in; by default with the LLS password.
    """

    serial: str
    first_energies: tuple[int, ...]
    lls_password: bytes = field(repr=False)
    now: Callable[[], datetime]
    connected: bool = True
    ahead: timedelta = timedelta(seconds=3)
    model: Model = "cerm1"
    management: ClientAccess | None = field(default=None, repr=False)
    compression: Compression = Compression.NONE
    vending_key: bytes = field(default=OTHER_VENDING_KEY, repr=False)
    purse: Purse = field(default_factory=Purse)
    options: Options = field(default_factory=Options)
    control_mode: int = 4
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self._numbers = count()
        self._restore()
        self._prepayment = Prepayment(
            self.serial, self.vending_key, self._total, self.now, self._applied, self.purse, self.options
        )
        self._objects = ObjectTable(self._make_objects())

    def next(self) -> int:
        """The meter's own invocation counter."""
        return next(self._numbers)

    def access(self, client_sap: int) -> ClientAccess | None:
        if client_sap == PUBLIC_CLIENT:
            return ClientAccess()
        if client_sap != MANAGEMENT_CLIENT:
            return None
        return self.management or ClientAccess(Mechanism.LLS, self.lls_password)

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Result:
        """Every client that gets in may read everything."""
        return self._objects.read(attribute) if self.access(client_sap) else DataAccessResult.OBJECT_UNDEFINED

    def write(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> DataAccessResult:
        if client_sap != MANAGEMENT_CLIENT:
            return DataAccessResult.READ_WRITE_DENIED
        return self._objects.write(attribute, value)

    def invoke(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> ActionReply:
        if client_sap != MANAGEMENT_CLIENT:
            return ActionReply(ActionResult.READ_WRITE_DENIED)
        return self._objects.invoke(method, parameters)

    @property
    def credit_wh(self) -> int:
        return self._prepayment.credit()

    def _total(self) -> int:
        return sum(self.energies())

    def _restore(self) -> None:
        """As it was before its restart, if the ledger knows it."""
        if (state := self.ledger.state) is None:
            return
        self.connected = state["connected"]
        self.first_energies = tuple(state["first_energies"])
        self.ahead = timedelta(seconds=state["ahead_s"])
        self.purse = Purse(**state["purse"])

    def _applied(self, kind: str, **facts: Any) -> None:
        """It is in the ledger before the meter answers."""
        state = {
            "connected": self.connected,
            "first_energies": list(self.first_energies),
            "ahead_s": self.ahead.total_seconds(),
            "purse": self._prepayment.state(),
        }
        self.ledger.add(kind, state, **facts)

    def energies(self) -> list[int]:
        """T1…T6 in Wh, now."""
        return self._energies_at(self.now())

    def _energies_at(self, moment: datetime) -> list[int]:
        used = energy_since_epoch(moment) if self.connected else [0] * TARIFFS
        return [first + more for first, more in zip(self.first_energies, used, strict=True)]

    def _energy(self, index: int) -> int:
        return self.energies()[index]

    def _power(self) -> int:
        """W, over the last minute."""
        now = self.now()
        return 60 * (sum(self._energies_at(now)) - sum(self._energies_at(now - timedelta(minutes=1))))

    # ── objects ──

    def _make_objects(self) -> dict[str, CosemObject]:
        common = {
            "0.0.96.1.0.255": text(self.serial),
            "0.0.42.0.0.255": text("ENL" + self.serial),
            "0.0.43.1.0.255": CosemObject(DATA, {2: self._last_counter}),
            "0.0.1.0.0.255": CosemObject(CLOCK, {2: self._clock, 3: self._time_zone}, {2: self._set_clock}),
            "1.0.1.8.0.255": register(lambda: sum(self.energies()), _WATT_HOURS),
            "1.0.99.1.0.255": self._profile().as_object(),
        }
        models = {"generic": self._generic_objects, "cerm1": self._cerm1_objects, "cert1": self._cert1_objects}
        return common | models[self.model]()

    def _generic_objects(self) -> dict[str, CosemObject]:
        return {"1.0.1.7.0.255": register(self._power, _WATT, tag=Tag.LONG_UNSIGNED)}

    def _cerm1_objects(self) -> dict[str, CosemObject]:
        objects = {
            "1.0.0.2.0.255": text(APP_VERSION),
            "0.0.96.3.10.255": self._disconnect_control(),
            **self._prepayment.objects(),
            "1.0.1.7.0.255": register(self._power, _WATT, tag=Tag.LONG_UNSIGNED),
        }
        for index in range(TARIFFS):
            objects[f"1.0.1.8.{index + 1}.255"] = register(partial(self._energy, index), _WATT_HOURS)
        return objects

    def _cert1_objects(self) -> dict[str, CosemObject]:
        """Three phases: a voltage and a current of each, and a third of the power."""
        objects = self._cerm1_objects()
        for phase, (volts, millivolts) in enumerate(((31, 2301), (51, 2312), (71, 2294))):
            objects[f"1.0.{volts + 1}.7.0.255"] = register(partial(int, millivolts), _VOLT, -1, Tag.LONG_UNSIGNED)
            objects[f"1.0.{volts}.7.0.255"] = register(partial(self._current, phase), _AMPERE, -2, Tag.LONG_UNSIGNED)
        return objects

    def _current(self, phase: int) -> int:
        """Hundredths of an ampere."""
        return (self._power() * 100 // 230 + phase) // 3

    def _profile(self) -> Profile:
        columns = (
            CLOCK_COLUMN,
            CaptureObject(DATA, Obis(0, 0, 96, 10, 1), 2),
            CaptureObject(REGISTER, Obis(1, 0, 1, 8, 0), 2),
            CaptureObject(REGISTER, Obis(1, 0, 3, 8, 0), 2),
        )
        return Profile(columns, self._profile_values, self.now, compression=self.compression)

    def _profile_values(self, moment: datetime) -> tuple[Data, ...]:
        active = sum(self._energies_at(moment))
        return (
            Data(Tag.UNSIGNED, 0),
            Data(Tag.DOUBLE_LONG_UNSIGNED, active % (1 << 32)),
            Data(Tag.DOUBLE_LONG_UNSIGNED, active // 4 % (1 << 32)),
        )

    def _disconnect_control(self) -> CosemObject:
        return CosemObject(
            DISCONNECT_CONTROL,
            {
                2: lambda: Data(Tag.BOOLEAN, self.connected),
                3: lambda: Data(Tag.ENUM, int(self.connected)),
                4: lambda: Data(Tag.ENUM, self.control_mode),
            },
            methods={1: partial(self._switch, False), 2: partial(self._switch, True)},
        )

    def _switch(self, connected: bool, _parameters: Data | None) -> ActionReply:
        """The registers go on from where they stand."""
        standing = self.energies()
        self.connected = connected
        used = energy_since_epoch(self.now()) if connected else [0] * TARIFFS
        self.first_energies = tuple(value - more for value, more in zip(standing, used, strict=True))
        self._applied("breaker", connected=connected)
        return DONE

    def _clock(self) -> Data:
        return Data(Tag.OCTET_STRING, encode_date_time(self.now() + self.ahead))

    def _set_clock(self, value: Data) -> DataAccessResult:
        try:
            moment = decode_date_time(value.value).to_datetime()
        except (MalformedData, TypeError):
            return DataAccessResult.TYPE_UNMATCHED
        if moment is None or moment.tzinfo is None:
            return DataAccessResult.TYPE_UNMATCHED
        self.ahead = moment - self.now()
        self._applied("clock", ahead_s=self.ahead.total_seconds())
        return DataAccessResult.SUCCESS

    def _time_zone(self) -> Data:
        offset = self.now().utcoffset() or timedelta()
        return Data(Tag.LONG, -int(offset.total_seconds() // 60))

    def _last_counter(self) -> Data:
        """The last invocation counter of client 1, which the public client may ask for."""
        seen = self.management.seen if self.management else {}
        return Data(Tag.DOUBLE_LONG_UNSIGNED, max(seen.values(), default=0))


def sample_meter(sample: SampleMeter, now: Callable[[], datetime], ledger: Path | None = None) -> Meter:
    """The sample's meter, as it lives now."""
    return Meter(
        sample.serial,
        sample.energies,
        sample.lls_password,
        now,
        connected=sample.connected,
        vending_key=sample.vending_key,
        purse=Purse(prepaid=True, credit=FIRST_CREDIT_WH, energy=_energy_at(sample, now())),
        ledger=Ledger(ledger),
    )


def _energy_at(sample: SampleMeter, moment: datetime) -> int:
    """Wh that the meter has counted by then."""
    return sum(sample.energies) + (sum(energy_since_epoch(moment)) if sample.connected else 0)


def other_meter(serial: str, now: Callable[[], datetime], ledger: Path | None = None) -> Meter:
    """A meter that is not one of the sample; its password is the sample's for others."""
    return Meter(serial, (1000, 2000, 3000, 40, 50, 60), OTHER_LLS_PASSWORD, now, ledger=Ledger(ledger))
