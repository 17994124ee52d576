"""Work orders, which a tablet claims for a limited time under a fencing number; and the parameters of jobs."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from agent.domain.activity import Activity
from agent.domain.exchange.base import NO_NUL, Hex, Message, Name, Serial, Utc
from agent.domain.exchange.payloads import PrepayProfileMessage


class OrderState(StrEnum):
    """`awaiting-approval`: a second person has to approve it before a tablet may claim it. `undecided`: a person has to
    decide whether it was executed. `executed-after-cancel`: its result came in after it was cancelled."""

    AWAITING_APPROVAL = "awaiting-approval"
    AVAILABLE = "available"
    CLAIMED = "claimed"
    EXECUTED = "executed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXECUTED_AFTER_CANCEL = "executed-after-cancel"
    UNDECIDED = "undecided"


class NoParameters(Message):
    """For activities that need no parameters."""

    kind: Literal["none"] = "none"


class ChargeParameters(Message):
    """`token` is for the meter's token gateway; a tablet can read its id, meter, amount and order."""

    kind: Literal["charge"] = "charge"
    amount_wh: Annotated[int, Field(ge=1, lt=2**32)]
    token: Hex


class PrepayParameters(Message):
    """The profile to set prepayment up with."""

    kind: Literal["prepay"] = "prepay"
    profile: PrepayProfileMessage


class SwitchMessage(Message):
    """From this minute of the day on, energy counts in this tariff (1 is T1)."""

    minute: Annotated[int, Field(ge=0, lt=1440)]
    tariff: Annotated[int, Field(ge=1, le=6)]


class SeasonMessage(Message):
    """Begins on this day of each year; `week` names its week."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,8}$")]
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    week: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,8}$")]


class TariffPlanMessage(Message):
    """`weeks`: seven day numbers, Monday first, by the week's name. `days`: switches, by day number."""

    name: Name
    seasons: Annotated[list[SeasonMessage], Field(min_length=1, max_length=12)]
    weeks: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,8}$")],
        Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=7, max_length=7)],
    ]
    days: dict[Annotated[int, Field(ge=0, le=255)], Annotated[list[SwitchMessage], Field(min_length=1, max_length=24)]]


class ContractMessage(Message):
    """`threshold_w` is the contracted power in W."""

    name: Name
    threshold_w: Annotated[int, Field(ge=1, lt=2**32)]


class ChangeParameters(Message):
    """A new tariff, a new contract, or both; at least one is given."""

    kind: Literal["change"] = "change"
    tariff: TariffPlanMessage | None
    contract: ContractMessage | None


Reason = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]


class DetachParameters(Message):
    """Of a detachment, and of a reconnection that was ordered."""

    kind: Literal["detach"] = "detach"
    reason: Reason


Parameters = Annotated[
    NoParameters | ChargeParameters | PrepayParameters | ChangeParameters | DetachParameters,
    Field(discriminator="kind"),
]


# ── chosen on the tablet, stored with the job ──


class ClockParameters(Message):
    """Sets the clock; `far_off`: a person confirmed that it may be off by more than ten minutes."""

    kind: Literal["clock-set"] = "clock-set"
    far_off: bool


class RangeParameters(Message):
    """A range of time, both ends included; without ends, what is new since the last visit."""

    kind: Literal["range"] = "range"
    first: Utc | None = None
    last: Utc | None = None


class InfoParameters(Message):
    """What a load profile holds, without its rows."""

    kind: Literal["info"] = "info"


JobParameters = Annotated[
    NoParameters
    | ChargeParameters
    | PrepayParameters
    | ChangeParameters
    | DetachParameters
    | ClockParameters
    | RangeParameters
    | InfoParameters,
    Field(discriminator="kind"),
]


class WorkOrder(Message):
    """A work order as it is listed. `summary` is one line in words, e.g. `credito 123456 Wh`."""

    id: Annotated[int, Field(ge=1, lt=2**53)]
    activity: Activity
    serial: Serial
    pod: str | None
    address: str | None
    customer: str | None
    summary: Annotated[str, Field(max_length=200)]
    created_by: Name
    inserted_at: Utc
    state: OrderState


class WorkOrderPage(Message):
    """`GET /work-orders?state=available&search=TEXT&after=CURSOR`: orders under the user's tag, oldest first."""

    orders: list[WorkOrder]
    cursor: str
    more: bool


class Claim(Message):
    """`POST /work-orders/{id}/claim`. The same tablet gets the same claim again. `fence` goes into the envelope."""

    order: WorkOrder
    parameters: Parameters
    fence: Annotated[int, Field(ge=1, lt=2**53)]
    lease_until: Utc


class ClaimedOrders(Message):
    """`GET /work-orders/claimed`: all claims of this tablet that are still valid."""

    claims: list[Claim]


class PrepayProfileList(Message):
    """`GET /prepay-profiles`: the profiles that a technician may choose from."""

    profiles: list[PrepayProfileMessage]


class Decision(Message):
    """What a person decided about a job whose outcome was undecided."""

    job: Name
    applied: bool


class DecisionList(Message):
    """`GET /decisions?job=ID&job=ID`: decisions on jobs of this tablet; a job that is missing still waits for one."""

    decisions: list[Decision]
