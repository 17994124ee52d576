"""A CERM1 meter: living registers, clock, firmware, breaker; readable by a public client and with a password."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis, Tag
from agent.dlms.cosem.clock import encode_date_time
from agent.dlms.cosem.units import scaler_unit
from agent.domain.sample import APP_VERSION, OTHER_LLS_PASSWORD, SampleMeter
from agent.simulator.load import TARIFFS, energy_since_epoch

PUBLIC_CLIENT, MANAGEMENT_CLIENT = 16, 1
_DATA, _REGISTER, _CLOCK, _ASSOCIATION, _DISCONNECT_CONTROL = 1, 3, 8, 15, 70
_WATT_HOURS = 30
_VERSIONS = {_ASSOCIATION: 1}

Attributes = dict[int, Callable[[], Data]]


@dataclass
class Meter:
    """`first_energies` are T1…T6 in Wh at the epoch; `now` is the true time, the meter's clock is `ahead` of it.

    A disconnected meter counts nothing.
    """

    serial: str
    first_energies: tuple[int, ...]
    lls_password: bytes = field(repr=False)
    now: Callable[[], datetime]
    connected: bool = True
    ahead: timedelta = timedelta(seconds=3)

    def __post_init__(self) -> None:
        self._objects = self._make_objects()

    def authenticate(self, client_sap: int, secret: bytes | None) -> bool:
        if client_sap == PUBLIC_CLIENT:
            return secret is None
        return client_sap == MANAGEMENT_CLIENT and secret is not None and hmac.compare_digest(secret, self.lls_password)

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Data | DataAccessResult:
        """Every client that gets in may read everything."""
        known = self._objects.get(str(attribute.obis))
        if known is None or client_sap not in (PUBLIC_CLIENT, MANAGEMENT_CLIENT):
            return DataAccessResult.OBJECT_UNDEFINED
        class_id, attributes = known
        if class_id != attribute.class_id:
            return DataAccessResult.OBJECT_CLASS_INCONSISTENT
        if attribute.attribute == 1:
            return Data(Tag.OCTET_STRING, bytes(attribute.obis))
        value = attributes.get(attribute.attribute)
        return value() if value else DataAccessResult.READ_WRITE_DENIED

    def energies(self) -> list[int]:
        """T1…T6 in Wh, now."""
        used = energy_since_epoch(self.now()) if self.connected else [0] * TARIFFS
        return [first + more for first, more in zip(self.first_energies, used, strict=True)]

    def _energy(self, index: int) -> int:
        return self.energies()[index]

    def _make_objects(self) -> dict[str, tuple[int, Attributes]]:
        objects: dict[str, tuple[int, Attributes]] = {
            "0.0.96.1.0.255": (_DATA, {2: lambda: _octets(self.serial)}),
            "0.0.42.0.0.255": (_DATA, {2: lambda: _octets("ENL" + self.serial)}),
            "1.0.0.2.0.255": (_DATA, {2: lambda: _octets(APP_VERSION)}),
            "0.0.1.0.0.255": (_CLOCK, {2: self._clock, 3: self._time_zone}),
            "0.0.96.3.10.255": (
                _DISCONNECT_CONTROL,
                {
                    2: lambda: Data(Tag.BOOLEAN, self.connected),
                    3: lambda: Data(Tag.ENUM, int(self.connected)),
                    4: lambda: Data(Tag.ENUM, 4),
                },
            ),
            "0.0.40.0.0.255": (_ASSOCIATION, {2: self._object_list}),
            "1.0.1.8.0.255": (_REGISTER, _register(lambda: sum(self.energies()))),
        }
        for index in range(TARIFFS):
            objects[f"1.0.1.8.{index + 1}.255"] = (_REGISTER, _register(partial(self._energy, index)))
        return objects

    def _clock(self) -> Data:
        return Data(Tag.OCTET_STRING, encode_date_time(self.now() + self.ahead))

    def _time_zone(self) -> Data:
        offset = self.now().utcoffset() or timedelta()
        return Data(Tag.LONG, -int(offset.total_seconds() // 60))

    def _object_list(self) -> Data:
        return Data(Tag.ARRAY, tuple(_listed(name, *known) for name, known in self._objects.items()))


def sample_meter(sample: SampleMeter, now: Callable[[], datetime]) -> Meter:
    """The sample's meter, as it lives now."""
    return Meter(sample.serial, sample.energies, sample.lls_password, now, connected=sample.connected)


def other_meter(serial: str, now: Callable[[], datetime]) -> Meter:
    """A meter that is not one of the sample; its password is the sample's for others."""
    return Meter(serial, (1000, 2000, 3000, 40, 50, 60), OTHER_LLS_PASSWORD, now)


def _octets(text: str) -> Data:
    return Data(Tag.OCTET_STRING, text.encode("ascii"))


def _register(value: Callable[[], int]) -> Attributes:
    return {
        2: lambda: Data(Tag.DOUBLE_LONG_UNSIGNED, value() % (1 << 32)),
        3: lambda: scaler_unit(0, _WATT_HOURS),
    }


def _listed(name: str, class_id: int, attributes: Attributes) -> Data:
    """An element of an association's object list (IEC 62056-6-2, class 15): all attributes readable."""
    rights = tuple(
        Data(Tag.STRUCTURE, (Data(Tag.INTEGER, number), Data(Tag.ENUM, 1), Data(Tag.NULL, None)))
        for number in (1, *attributes)
    )
    access = Data(Tag.STRUCTURE, (Data(Tag.ARRAY, rights), Data(Tag.ARRAY, ())))
    version = Data(Tag.UNSIGNED, _VERSIONS.get(class_id, 0))
    logical_name = Data(Tag.OCTET_STRING, bytes(Obis.parse(name)))
    return Data(Tag.STRUCTURE, (Data(Tag.LONG_UNSIGNED, class_id), version, logical_name, access))
