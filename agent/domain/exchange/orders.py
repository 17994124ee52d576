"""Work orders between SMM and tablets: what is to be done, claimed for a while under a fencing number."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from agent.domain.activity import Activity
from agent.domain.exchange.base import NO_NUL, Hex, Message, Name, Serial, Utc
from agent.domain.exchange.payloads import PrepayProfileMessage


class OrderState(StrEnum):
    """`awaiting-approval`: a second person has to agree before a tablet may have it. `undecided` waits for a person;
    `executed-after-cancel` came in for an order that was cancelled."""

    AWAITING_APPROVAL = "awaiting-approval"
    AVAILABLE = "available"
    CLAIMED = "claimed"
    EXECUTED = "executed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXECUTED_AFTER_CANCEL = "executed-after-cancel"
    UNDECIDED = "undecided"


class NoParameters(Message):
    """Reading, credit read, load profile."""

    kind: Literal["none"] = "none"


class ChargeParameters(Message):
    """`token` is for the meter's token gateway, opaque to the tablet but for its id, meter and amount."""

    kind: Literal["charge"] = "charge"
    amount_wh: Annotated[int, Field(ge=1, lt=2**32)]
    token: Hex


class PrepayParameters(Message):
    kind: Literal["prepay"] = "prepay"
    profile: PrepayProfileMessage


class SwitchMessage(Message):
    minute: Annotated[int, Field(ge=0, lt=1440)]
    tariff: Annotated[int, Field(ge=1, le=6)]


class SeasonMessage(Message):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,8}$")]
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    week: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,8}$")]


class TariffPlanMessage(Message):
    name: Name
    seasons: Annotated[list[SeasonMessage], Field(min_length=1, max_length=12)]
    weeks: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,8}$")],
        Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=7, max_length=7)],
    ]
    days: dict[Annotated[int, Field(ge=0, le=255)], Annotated[list[SwitchMessage], Field(min_length=1, max_length=24)]]


class ContractMessage(Message):
    name: Name
    threshold_w: Annotated[int, Field(ge=1, lt=2**32)]


class ChangeParameters(Message):
    """At least one of the two."""

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


# ── what is asked for on the tablet, kept with the job ──


class ClockParameters(Message):
    kind: Literal["clock-set"] = "clock-set"
    far_off: bool


class RangeParameters(Message):
    """Without ends: what is new since the last visit."""

    kind: Literal["range"] = "range"
    first: Utc | None = None
    last: Utc | None = None


class InfoParameters(Message):
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
    """As it is listed. `parameters` are in words that fit one line, e.g. `credito 123456 Wh`."""

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
    """`GET /work-orders?state=available&search=TEXT&after=CURSOR`: those of the user's tag, oldest first."""

    orders: list[WorkOrder]
    cursor: str
    more: bool


class Claim(Message):
    """`POST /work-orders/{id}/claim`. The same tablet gets the same claim again; `fence` goes into the envelope."""

    order: WorkOrder
    parameters: Parameters
    fence: Annotated[int, Field(ge=1, lt=2**53)]
    lease_until: Utc


class ClaimedOrders(Message):
    """`GET /work-orders/claimed`: this tablet's claims as SMM has them; any other is gone."""

    claims: list[Claim]


class PrepayProfileList(Message):
    """`GET /prepay-profiles`: those that a technician may choose from."""

    profiles: list[PrepayProfileMessage]


class Decision(Message):
    """What a person decided about a job's undecided outcome."""

    job: Name
    applied: bool


class DecisionList(Message):
    """`GET /decisions?job=ID&job=ID`: of this tablet's jobs; one that is not there waits for a person still."""

    decisions: list[Decision]
