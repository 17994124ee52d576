"""A simulated meter operated by function calls, as client 1: attributes read and written, methods invoked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.dlms import ActionResult, AttributeDescriptor, Data, DataAccessResult, MethodDescriptor, Obis, Tag
from agent.dlms.axdr.coding import decode, encode
from agent.domain.credit_token import CreditToken, vend
from agent.simulator.ledger import Ledger
from agent.simulator.meter import MANAGEMENT_CLIENT, SimulatedMeter
from agent.simulator.purse import Purse

SERIAL = "SIM-0001"
VENDING_KEY = b"vend-for-testing"
CREDIT, ACCOUNT = (112, "0.0.19.10.0"), (111, "0.0.19.0.0")
GATEWAY, USED_TOKENS = (115, "0.0.19.40.0"), (1, "0.0.128.19.40")
Object = tuple[int, str]


@dataclass
class Time:
    """The true time, which advances only when a test says so."""

    value: datetime = field(default_factory=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.value

    def passes(self, duration: timedelta) -> None:
        self.value += duration


def new_meter(time: Time, ledger: Path | Ledger | None = None, credit: int = 10_000, **options: Any) -> SimulatedMeter:
    """A connected meter in prepayment."""
    kept = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    purse = options.pop("purse", None) or Purse(prepaid=True, credit=credit)
    energies = (1000, 2000, 3000, 0, 0, 0)
    return SimulatedMeter(
        SERIAL, energies, b"12345678", time, vending_key=VENDING_KEY, purse=purse, ledger=kept, **options
    )


def token(number: int, amount: int, serial: str = SERIAL, key: bytes = VENDING_KEY) -> bytes:
    """The token of that number; the same one each time."""
    return vend(CreditToken(number.to_bytes(16, "big"), serial, amount, str(number)), key)


def get(meter: SimulatedMeter, where: Object, attribute: int) -> Data:
    """The attribute's value, encoded and decoded once as on the line."""
    found = meter.read(MANAGEMENT_CLIENT, AttributeDescriptor(where[0], Obis.parse(where[1]), attribute))
    assert isinstance(found, Data), found
    return decode(encode(found))


def put(meter: SimulatedMeter, where: Object, attribute: int, value: Data) -> DataAccessResult:
    return meter.write(MANAGEMENT_CLIENT, AttributeDescriptor(where[0], Obis.parse(where[1]), attribute), value)


def act(meter: SimulatedMeter, where: Object, method: int, parameters: Data | None = None) -> ActionResult:
    return meter.invoke(MANAGEMENT_CLIENT, MethodDescriptor(where[0], Obis.parse(where[1]), method), parameters).result


def enter(meter: SimulatedMeter, octets: bytes) -> ActionResult:
    return act(meter, GATEWAY, 1, Data(Tag.OCTET_STRING, octets))


def token_status(meter: SimulatedMeter) -> int:
    code: int = get(meter, GATEWAY, 6).value[0].value
    return code


def credit(meter: SimulatedMeter) -> int:
    amount: int = get(meter, CREDIT, 2).value
    return amount


def used_tokens(meter: SimulatedMeter) -> list[bytes]:
    return [element.value for element in get(meter, USED_TOKENS, 2).value]
