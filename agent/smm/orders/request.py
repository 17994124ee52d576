"""A request for work at meters, from a page or from another system."""

from dataclasses import asdict, dataclass
from typing import Any

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.prepayment import check_amount

MAX_METERS = 500
MAX_REASON = 200
"""Characters."""
_FIELDS = ("amount_wh", "profile", "tariff", "contract", "reason")


@dataclass(frozen=True)
class WorkOrderRequest:
    """One activity at one or many meters. Profile, tariff and contract are names in the catalogue.

    Which fields an activity has is in its facts. `reason` is that of a detachment or reconnection.
    """

    activity: Activity
    serials: tuple[str, ...]
    amount_wh: int | None = None
    profile: str | None = None
    tariff: str | None = None
    contract: str | None = None
    reason: str | None = None
    outer_id: str | None = None

    def __post_init__(self) -> None:
        """Raises: InputError for a request that no meter could have."""
        facts = self.activity.facts
        if not facts.in_smm:
            raise InputError(code="unknown-activity", activity=self.activity.label)
        if not 1 <= len(self.serials) <= MAX_METERS:
            raise InputError(code="bad-input", field=f"meters: 1 – {MAX_METERS}")
        for name in _FIELDS:
            if getattr(self, name) is not None and name not in facts.order_fields:
                raise InputError(code="bad-input", field=name)
        if self.activity is Activity.CREDIT_CHARGE:
            check_amount(self.amount_wh)
        if self.activity is Activity.PREPAY_CONFIG and self.profile is None:
            raise InputError(code="unknown-profile", name="–")
        if self.activity is Activity.CHANGE and self.tariff is None and self.contract is None:
            raise InputError(code="nothing-to-change")
        if "reason" in facts.order_fields and not (self.reason or "").strip():
            raise InputError(code="reason-missing")

    def content(self) -> dict[str, Any]:
        """The request as plain JSON, by which the same request is recognised.

        Without a reason it is as it was before there were any: requests made then are still recognised.
        """
        content = {**asdict(self), "activity": self.activity.value, "serials": list(self.serials)}
        return {name: value for name, value in content.items() if name != "reason" or value is not None}
