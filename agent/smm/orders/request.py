"""What somebody wants done at meters, as it is asked for on a page or by another system."""

from dataclasses import asdict, dataclass
from typing import Any

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.prepayment import check_amount

MAX_METERS = 500
ORDERED = frozenset(activity for activity in Activity if activity.facts.in_smm)
"""Activities that can be ordered."""


@dataclass(frozen=True)
class WorkOrderRequest:
    """One activity at one or many meters. Profile, tariff and contract are names of the catalogue."""

    activity: Activity
    serials: tuple[str, ...]
    amount_wh: int | None = None
    profile: str | None = None
    tariff: str | None = None
    contract: str | None = None
    outer_id: str | None = None

    def __post_init__(self) -> None:
        """Raises InputError for what makes no sense, whatever the meters are."""
        if self.activity not in ORDERED:
            raise InputError(code="unknown-activity", activity=self.activity.label)
        if not 1 <= len(self.serials) <= MAX_METERS:
            raise InputError(code="bad-input", field=f"meters: 1 – {MAX_METERS}")
        for name in ("amount_wh", "profile", "tariff", "contract"):
            if getattr(self, name) is not None and name not in self.activity.facts.order_fields:
                raise InputError(code="bad-input", field=name)
        if self.activity is Activity.CREDIT_CHARGE:
            check_amount(self.amount_wh)
        if self.activity is Activity.PREPAY_CONFIG and self.profile is None:
            raise InputError(code="unknown-profile", name="–")
        if self.activity is Activity.CHANGE and self.tariff is None and self.contract is None:
            raise InputError(code="nothing-to-change")

    def content(self) -> dict[str, Any]:
        """As plain JSON, to know the same wish again."""
        return {**asdict(self), "activity": self.activity.value, "serials": list(self.serials)}
