"""A request for work at meters, from a page or from another system."""

from dataclasses import asdict, dataclass
from typing import Any

from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.prepayment import check_amount

MAX_METERS = 500
_FIELDS = {
    Activity.READING: (),
    Activity.LOAD_PROFILE: (),
    Activity.CREDIT_READ: (),
    Activity.CREDIT_CHARGE: ("amount_wh",),
    Activity.PREPAY_CONFIG: ("profile",),
    Activity.CHANGE: ("tariff", "contract"),
}
ORDERED = frozenset(_FIELDS)
"""Activities that can be ordered (D2 of the specification)."""


@dataclass(frozen=True)
class WorkOrderRequest:
    """One activity at one or many meters. Profile, tariff and contract are names in the catalogue."""

    activity: Activity
    serials: tuple[str, ...]
    amount_wh: int | None = None
    profile: str | None = None
    tariff: str | None = None
    contract: str | None = None
    outer_id: str | None = None

    def __post_init__(self) -> None:
        """Raises: InputError for a request that no meter could have."""
        if self.activity not in _FIELDS:
            raise InputError(code="unknown-activity", activity=self.activity.label)
        if not 1 <= len(self.serials) <= MAX_METERS:
            raise InputError(code="bad-input", field=f"meters: 1 – {MAX_METERS}")
        for name in ("amount_wh", "profile", "tariff", "contract"):
            if getattr(self, name) is not None and name not in _FIELDS[self.activity]:
                raise InputError(code="bad-input", field=name)
        if self.activity is Activity.CREDIT_CHARGE:
            check_amount(self.amount_wh)
        if self.activity is Activity.PREPAY_CONFIG and self.profile is None:
            raise InputError(code="unknown-profile", name="–")
        if self.activity is Activity.CHANGE and self.tariff is None and self.contract is None:
            raise InputError(code="nothing-to-change")

    def content(self) -> dict[str, Any]:
        """The request as plain JSON, by which the same request is recognised."""
        return {**asdict(self), "activity": self.activity.value, "serials": list(self.serials)}
