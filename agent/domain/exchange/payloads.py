"""Results of activities as they travel to SMM. Fields have the names that they have in `domain/results.py`.

`warnings` are codes; their words are in `domain/words/warnings`.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent.domain.exchange.base import Hex, Message, Name, Serial, Utc

MAX_ROWS = 5000
"""Rows in one payload; a longer load profile travels in parts."""

Words = Annotated[str, Field(max_length=100)]
Energy = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_DECIMAL = r"^-?\d{1,30}(\.\d{1,20})?$"
CellPayload = Annotated[str, Field(max_length=200)] | None


class QuantityPayload(Message):
    """A register's value as a decimal string, scaler applied."""

    obis: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){5}$")]
    value: Annotated[str, Field(pattern=_DECIMAL)]
    scaler: Annotated[int, Field(ge=-128, le=127)]
    unit: Annotated[str, Field(max_length=16)]


class BreakerPayload(Message):
    """`control` is the control state of IEC 62056-6-2:2017, class_id 70; `output`, whether the switch is closed."""

    control: Annotated[int, Field(ge=0, le=2)] | None
    output: bool | None


class ReadingPayload(Message):
    """Energies T1…T6 and their total. `drift_s` is meter time minus tablet time, in seconds."""

    kind: Literal["reading"] = "reading"
    serial: Serial
    tariffs: Annotated[dict[Annotated[str, Field(pattern=r"^t[1-6]$")], QuantityPayload], Field(max_length=6)]
    total: QuantityPayload
    meter_time: Utc | None
    drift_s: int | None
    app_version: Annotated[str, Field(max_length=64)] | None
    breaker: BreakerPayload | None
    warnings: list[Name] = Field(default_factory=list)


class InstantPayload(Message):
    """What the meter measures now, by `u1`, `i1`, `p` and so on."""

    kind: Literal["instant"] = "instant"
    serial: Serial
    quantities: Annotated[dict[Annotated[str, Field(max_length=8)], QuantityPayload], Field(max_length=20)]
    meter_time: Utc | None
    warnings: list[Name] = Field(default_factory=list)


class ClockPayload(Message):
    """The meter's clock. `drift_s` is meter time minus tablet time, in seconds; `drift_after_s`, after it was set."""

    kind: Literal["clock"] = "clock"
    serial: Serial
    meter_time: Utc | None
    drift_s: int | None
    status: Annotated[list[Words], Field(max_length=8)]
    drift_after_s: int | None = None
    warnings: list[Name] = Field(default_factory=list)


class ChannelPayload(Message):
    """`name` is `class/logical name/attribute` of a capture object."""

    name: Annotated[str, Field(max_length=64)]
    scaler: Annotated[int, Field(ge=-128, le=127)] | None
    unit: Annotated[str, Field(max_length=16)] | None


class ProfilePayload(Message):
    """A part of a load profile. Rows have a cell for each channel, as text; moments are ISO 8601."""

    kind: Literal["load-profile"] = "load-profile"
    serial: Serial
    channels: Annotated[list[ChannelPayload], Field(max_length=64)]
    capture_period_s: Annotated[int, Field(ge=0)]
    rows: Annotated[list[list[CellPayload]], Field(max_length=MAX_ROWS)]
    warnings: list[Name] = Field(default_factory=list)


class ProfileInfoPayload(Message):
    """What a load profile holds. `new_rows` and `new_seconds` are estimates of the rows after `since`."""

    kind: Literal["profile-info"] = "profile-info"
    serial: Serial
    channels: Annotated[list[ChannelPayload], Field(max_length=64)]
    capture_period_s: Annotated[int, Field(ge=0)]
    rows_held: Annotated[int, Field(ge=0)]
    first: Utc | None
    last: Utc | None
    since: Utc | None = None
    new_rows: Annotated[int, Field(ge=0)] | None = None
    new_seconds: Annotated[int, Field(ge=0)] | None = None
    warnings: list[Name] = Field(default_factory=list)


class EventPayload(Message):
    """An entry of the event log; `code` is the meter's own."""

    at: Utc | None
    code: int
    text: Words | None


class EventsPayload(Message):
    """Entries of the event log, oldest first."""

    kind: Literal["events"] = "events"
    serial: Serial
    entries: Annotated[list[EventPayload], Field(max_length=MAX_ROWS)]
    warnings: list[Name] = Field(default_factory=list)


class BreakerChangePayload(Message):
    """Outcome `ready`: the customer has to press the meter's button to reconnect."""

    kind: Literal["breaker-change"] = "breaker-change"
    serial: Serial
    before: BreakerPayload
    after: BreakerPayload
    outcome: Literal["disconnected", "connected", "ready"]
    reason: Annotated[str, Field(max_length=200)] | None = None


class CreditStatePayload(Message):
    """A meter's Account and Credit; statuses are in the words of IEC 62056-6-2:2017, amounts in `unit`."""

    mode: Literal["credit", "prepayment"]
    account_status: Words
    amount_wh: Energy
    status: Words
    warning_threshold_wh: Energy
    limit_wh: Energy
    preset_wh: Energy
    unit: Annotated[str, Field(max_length=16)]


class CreditReadPayload(Message):
    """The credit as it was read."""

    kind: Literal["credit-read"] = "credit-read"
    serial: Serial
    credit: CreditStatePayload


class CreditChargePayload(Message):
    """The credit before and after a charge; `before_wh` is null if the meter already had the charge."""

    kind: Literal["credit-charge"] = "credit-charge"
    serial: Serial
    amount_wh: Annotated[int, Field(ge=1, lt=2**32)]
    before_wh: Energy | None
    after_wh: Energy
    token_id: Annotated[Hex, Field(min_length=32, max_length=32)] | None
    token_status: Words | None


class PrepayProfileMessage(Message):
    """A named way to set prepayment up; amounts are in Wh."""

    name: Name
    mode: Literal["credit", "prepayment"]
    credit_preset_wh: Annotated[int, Field(ge=0, lt=2**31)]
    warning_threshold_wh: Annotated[int, Field(ge=0, lt=2**31)]
    limit_wh: Annotated[int, Field(ge=-(2**31), lt=2**31)]
    emergency_credit_wh: Annotated[int, Field(ge=0, lt=2**31)]
    unit_charge: Annotated[int, Field(ge=0, lt=2**15)]


class PrepayConfiguredPayload(Message):
    """Prepayment as it was set up; `read_back` is what the meter held afterwards."""

    kind: Literal["prepay-config"] = "prepay-config"
    serial: Serial
    profile: PrepayProfileMessage
    read_back: CreditStatePayload
    unit_charge: int
    is_prepay: bool


class SupplyChangePayload(Message):
    """Tariff, and contracted power in W, before and after; null for what was not to be changed."""

    kind: Literal["change"] = "change"
    serial: Serial
    tariff_before: Annotated[str, Field(max_length=100)] | None
    tariff_after: Annotated[str, Field(max_length=100)] | None
    contract: Annotated[str, Field(max_length=100)] | None
    threshold_before_w: int | None
    threshold_after_w: int | None


class FailurePayload(Message):
    """A job that ended in an error: the error's code, and the params for its words."""

    kind: Literal["failure"] = "failure"
    serial: Serial
    code: Name
    params: dict[str, str | int] = Field(default_factory=dict)


class NotDonePayload(Message):
    """A work order that the technician closed without working on the meter."""

    kind: Literal["not-done"] = "not-done"
    serial: Serial
    reason: Literal["no-access", "broken-display", "meter-not-found", "other"]
    note: Annotated[str, Field(max_length=500)] = ""


class UndecidedPayload(Message):
    """An activity of which nobody can tell whether the meter made the change; a person decides. `evidence` is what was
    read before and after."""

    kind: Literal["undecided"] = "undecided"
    serial: Serial
    activity: Name
    evidence: dict[str, str | int | None]


ResultPayload = Annotated[
    ReadingPayload
    | InstantPayload
    | ClockPayload
    | ProfilePayload
    | ProfileInfoPayload
    | EventsPayload
    | BreakerChangePayload
    | CreditReadPayload
    | CreditChargePayload
    | PrepayConfiguredPayload
    | SupplyChangePayload,
    Field(discriminator="kind"),
]
Payload = Annotated[ResultPayload | FailurePayload | NotDonePayload | UndecidedPayload, Field(discriminator="kind")]


def warnings_of(payload: Payload) -> list[str]:
    """The codes of what was odd about a result, each once."""
    return list(dict.fromkeys(getattr(payload, "warnings", ())))
