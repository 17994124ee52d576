"""Results as tables: one function for each kind of result. Page and CSV file have the same rows."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from agent.domain import exchange
from agent.domain.channels import channel_titles, column_titles, columns_of
from agent.domain.reading import BreakerState
from agent.domain.table import Cell, Table, Word

BreakerWord = Literal["disconnected", "connected", "ready"]
BREAKER_WORDS: Mapping[BreakerState, BreakerWord] = {
    BreakerState.DISCONNECTED: "disconnected",
    BreakerState.CONNECTED: "connected",
    BreakerState.READY_FOR_RECONNECTION: "ready",
}
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
"""A number in a cell of a load profile."""
_REGISTERS = ("item", "obis", "value", "unit")
_FACTS = ("item", "value", "unit")
_CHANGES = ("item", "before", "after", "unit")


def table_of(payload: exchange.ResultPayload) -> Table:
    """The result of an activity as a table."""
    return _TABLES[type(payload)](payload)


def parameter_table(parameters: exchange.Parameters) -> Table:
    """What a work order asks for, as a table; without rows if it has no parameters."""
    rows: list[tuple[Cell, ...]] = []
    if isinstance(parameters, exchange.ChargeParameters):
        rows.append((Word("charge"), parameters.amount_wh, "Wh"))
    if isinstance(parameters, exchange.PrepayParameters):
        rows.append((Word("profile"), parameters.profile.name, None))
        rows += _settings(parameters.profile)
    if isinstance(parameters, exchange.ChangeParameters):
        if parameters.tariff is not None:
            rows.append((Word("tariff"), parameters.tariff.name, None))
        if parameters.contract is not None:
            rows.append((Word("contract"), parameters.contract.name, None))
            rows.append((Word("contracted power"), parameters.contract.threshold_w, "W"))
    if isinstance(parameters, exchange.DetachParameters):
        rows.append((Word("reason"), parameters.reason, None))
    return Table(_FACTS, rows)


def breaker_word(breaker: exchange.BreakerPayload | None) -> BreakerWord | None:
    """`connected`, `disconnected` or `ready`; None where the meter does not tell."""
    if breaker is None or breaker.control is None:
        return None
    return BREAKER_WORDS[BreakerState(breaker.control)]


def _reading(reading: exchange.ReadingPayload) -> Table:
    rows: list[tuple[Cell, ...]] = [(Word("serial number"), None, reading.serial, None)]
    rows += [_register(name.upper(), quantity) for name, quantity in reading.tariffs.items()]
    rows.append(_register("total", reading.total))
    rows.append((Word("meter time"), None, reading.meter_time, "UTC"))
    rows.append((Word("drift"), None, reading.drift_s, "s"))
    rows.append((Word("app version"), None, reading.app_version, None))
    rows.append((Word("breaker"), None, _word(breaker_word(reading.breaker)), None))
    return Table(_REGISTERS, rows)


def _instant(instant: exchange.InstantPayload) -> Table:
    rows = [_register(name, quantity) for name, quantity in instant.quantities.items()]
    rows.append((Word("meter time"), None, instant.meter_time, "UTC"))
    return Table(_REGISTERS, rows)


def _clock(clock: exchange.ClockPayload) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (Word("meter time"), clock.meter_time, "UTC"),
        (Word("drift"), clock.drift_s, "s"),
        (Word("drift after"), clock.drift_after_s, "s"),
    ]
    rows += [(Word("clock status"), Word(each), None) for each in clock.status]
    return Table(_FACTS, rows)


def _profile(profile: exchange.ProfilePayload) -> Table:
    return Table(column_titles(profile.channels), [profile_row(row) for row in profile.rows])


def profile_row(cells: Sequence[str | None]) -> tuple[Cell, ...]:
    """A row of a load profile for its table: texts that hold numbers or moments become such again."""
    return tuple(map(_cell, cells))


def _profile_info(info: exchange.ProfileInfoPayload) -> Table:
    channels = [info.channels[n] for n in columns_of(info.channels).values]
    titles = channel_titles(channels)
    rows: list[tuple[Cell, ...]] = [
        (Word("channel"), title, each.unit) for title, each in zip(titles, channels, strict=True)
    ]
    rows.append((Word("capture period"), info.capture_period_s, "s"))
    rows.append((Word("rows held"), info.rows_held, None))
    rows.append((Word("first row"), info.first, "UTC"))
    rows.append((Word("last row"), info.last, "UTC"))
    rows.append((Word("last visit"), info.since, "UTC"))
    rows.append((Word("new rows"), info.new_rows, None))
    rows.append((Word("time for new rows"), info.new_seconds, "s"))
    return Table(_FACTS, rows)


def _events(events: exchange.EventsPayload) -> Table:
    return Table(("time", "code", "text"), [(each.at, each.code, _word(each.text)) for each in events.entries])


def _breaker_change(change: exchange.BreakerChangePayload) -> Table:
    before, after = change.before, change.after
    return Table(
        _CHANGES,
        [
            (Word("breaker"), _word(breaker_word(before)), _word(breaker_word(after)), None),
            (Word("output"), _switch(before.output), _switch(after.output), None),
            (Word("outcome"), None, Word(change.outcome), None),
            (Word("reason"), None, change.reason, None),
        ],
    )


def _credit_read(read: exchange.CreditReadPayload) -> Table:
    return Table(_FACTS, _credit(read.credit))


def _credit(credit: exchange.CreditStatePayload) -> list[tuple[Cell, ...]]:
    return [
        (Word("payment mode"), Word(credit.mode), None),
        (Word("account status"), Word(credit.account_status), None),
        (Word("credit"), credit.amount_wh, credit.unit),
        (Word("credit status"), Word(credit.status), None),
        (Word("warning threshold"), credit.warning_threshold_wh, credit.unit),
        (Word("limit"), credit.limit_wh, credit.unit),
        (Word("preset"), credit.preset_wh, credit.unit),
    ]


def _charge(charge: exchange.CreditChargePayload) -> Table:
    return Table(
        _CHANGES,
        [
            (Word("credit"), charge.before_wh, charge.after_wh, "Wh"),
            (Word("charged"), None, charge.amount_wh, "Wh"),
            (Word("token"), None, charge.token_id, None),
            (Word("token status"), None, _word(charge.token_status), None),
        ],
    )


def _prepay(done: exchange.PrepayConfiguredPayload) -> Table:
    rows: list[tuple[Cell, ...]] = [(Word("profile"), done.profile.name, None)]
    rows += _credit(done.read_back)
    rows += _extras(done.profile)
    rows.append((Word("prepayment"), Word("yes" if done.is_prepay else "no"), None))
    return Table(_FACTS, rows)


def _settings(profile: exchange.PrepayProfileMessage) -> list[tuple[Cell, ...]]:
    return [
        (Word("payment mode"), Word(profile.mode), None),
        (Word("preset"), profile.credit_preset_wh, "Wh"),
        (Word("warning threshold"), profile.warning_threshold_wh, "Wh"),
        (Word("limit"), profile.limit_wh, "Wh"),
        *_extras(profile),
    ]


def _extras(profile: exchange.PrepayProfileMessage) -> list[tuple[Cell, ...]]:
    return [
        (Word("emergency credit"), profile.emergency_credit_wh, "Wh"),
        (Word("unit charge"), profile.unit_charge, "Wh"),
    ]


def _change(change: exchange.SupplyChangePayload) -> Table:
    return Table(
        _CHANGES,
        [
            (Word("tariff"), change.tariff_before, change.tariff_after, None),
            (Word("contract"), None, change.contract, None),
            (Word("contracted power"), change.threshold_before_w, change.threshold_after_w, "W"),
        ],
    )


def _register(name: str, quantity: exchange.QuantityPayload) -> tuple[Cell, ...]:
    return (Word(name), quantity.obis, Decimal(quantity.value), quantity.unit)


def _word(text: str | None) -> Word | None:
    return None if text is None else Word(text)


def _switch(closed: bool | None) -> Word | None:
    return None if closed is None else Word("on" if closed else "off")


def _cell(text: str | None) -> Cell:
    """A number only in the form that this program writes: bits and octets stay text."""
    if text is None:
        return None
    if NUMBER.fullmatch(text):
        return Decimal(text)
    try:
        return datetime.fromisoformat(text) if "T" in text else text
    except ValueError:
        return text


_TABLES: Mapping[type[Any], Callable[[Any], Table]] = {
    exchange.ReadingPayload: _reading,
    exchange.InstantPayload: _instant,
    exchange.ClockPayload: _clock,
    exchange.ProfilePayload: _profile,
    exchange.ProfileInfoPayload: _profile_info,
    exchange.EventsPayload: _events,
    exchange.BreakerChangePayload: _breaker_change,
    exchange.CreditReadPayload: _credit_read,
    exchange.CreditChargePayload: _charge,
    exchange.PrepayConfiguredPayload: _prepay,
    exchange.SupplyChangePayload: _change,
}
