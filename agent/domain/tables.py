"""Results as tables: one function a kind of result."""

from decimal import Decimal

from agent.domain.exchange import QuantityPayload, ReadingPayload
from agent.domain.reading import BreakerState
from agent.domain.table import Cell, Table

BREAKER_WORDS = {
    BreakerState.DISCONNECTED: "disconnected",
    BreakerState.CONNECTED: "connected",
    BreakerState.READY_FOR_RECONNECTION: "ready",
}


def reading_table(reading: ReadingPayload) -> Table:
    """One row for each thing read: item, logical name, value, unit."""
    rows: list[tuple[Cell, ...]] = [("serial number", None, reading.serial, None)]
    rows += [_register(name.upper(), quantity) for name, quantity in reading.tariffs.items()]
    rows.append(_register("total", reading.total))
    rows.append(("meter time", None, reading.meter_time, "UTC"))
    rows.append(("drift", None, reading.drift_s, "s"))
    rows.append(("app version", None, reading.app_version, None))
    rows.append(("breaker", None, breaker_word(reading), None))
    return Table(("item", "obis", "value", "unit"), rows)


def breaker_word(reading: ReadingPayload) -> str | None:
    """`connected`, `disconnected` or `ready`; None where the meter does not tell."""
    if reading.breaker is None or reading.breaker.control is None:
        return None
    return BREAKER_WORDS[BreakerState(reading.breaker.control)]


def _register(name: str, quantity: QuantityPayload) -> tuple[Cell, ...]:
    return (name, quantity.obis, Decimal(quantity.value), quantity.unit)
