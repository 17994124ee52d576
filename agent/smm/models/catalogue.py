"""The catalogue: prepayment profiles, tariff plans and contracts that orders name."""

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from agent.smm.models.base import Base, BigId


class PrepayProfileRow(Base):
    """A prepayment profile, amounts in Wh; see `agent.domain.prepayment.PrepayProfile`."""

    __tablename__ = "prepay_profiles"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    mode: Mapped[str] = mapped_column(String(12))
    credit_preset_wh: Mapped[int]
    warning_threshold_wh: Mapped[int]
    limit_wh: Mapped[int]
    emergency_credit_wh: Mapped[int]
    unit_charge: Mapped[int]


class TariffPlanRow(Base):
    """A tariff plan for one meter model; `plan` is an exchange `TariffPlanMessage`."""

    __tablename__ = "tariff_plans"
    __table_args__ = (UniqueConstraint("name", "model"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    model: Mapped[str] = mapped_column(String(32))
    description: Mapped[str] = mapped_column(String(200), default="")
    plan: Mapped[dict[str, Any]]


class ContractRow(Base):
    """A contract for one meter model; `threshold_w` is the power that may be drawn."""

    __tablename__ = "contracts"
    __table_args__ = (UniqueConstraint("name", "model"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    model: Mapped[str] = mapped_column(String(32))
    threshold_w: Mapped[int]
