"""The catalogue: prepayment profiles for all meters, tariff plans and contracts of a meter model."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.exchange import ContractMessage, PrepayProfileMessage, TariffPlanMessage
from agent.smm.models import Contract, PrepayProfile, TariffPlan


def all_profiles(session: Session) -> list[PrepayProfileMessage]:
    """By name."""
    return [_message(profile) for profile in session.scalars(select(PrepayProfile).order_by(PrepayProfile.name))]


def profile(session: Session, name: str) -> PrepayProfileMessage:
    """Raises: InputError `unknown-profile`."""
    found = session.scalar(select(PrepayProfile).where(PrepayProfile.name == name))
    if found is None:
        raise InputError(code="unknown-profile", name=name[:60])
    return _message(found)


def add_profile(session: Session, new: PrepayProfileMessage) -> None:
    """Raises: InputError `profile-exists`. A profile is never changed: orders and meters have it by name."""
    if session.scalar(select(PrepayProfile).where(PrepayProfile.name == new.name)) is not None:
        raise InputError(code="profile-exists", name=new.name)
    session.add(PrepayProfile(**new.model_dump()))


def add_contract(session: Session, model: str, new: ContractMessage) -> None:
    """Raises: InputError `profile-exists`. Like a profile, it is never changed."""
    known = select(Contract).where(Contract.name == new.name, Contract.model == model)
    if session.scalar(known) is not None:
        raise InputError(code="profile-exists", name=new.name)
    session.add(Contract(name=new.name, model=model, threshold_w=new.threshold_w))


def add_tariff(session: Session, model: str, description: str, new: TariffPlanMessage) -> None:
    """Raises: InputError `profile-exists`. Like a profile, it is never changed."""
    known = select(TariffPlan).where(TariffPlan.name == new.name, TariffPlan.model == model)
    if session.scalar(known) is not None:
        raise InputError(code="profile-exists", name=new.name)
    session.add(TariffPlan(name=new.name, model=model, description=description, plan=new.model_dump(mode="json")))


def tariffs(session: Session, model: str) -> list[TariffPlan]:
    """Those of a meter model, by name."""
    return list(session.scalars(select(TariffPlan).where(TariffPlan.model == model).order_by(TariffPlan.name)))


def contracts(session: Session, model: str) -> list[Contract]:
    """Those of a meter model, the smallest power first."""
    return list(session.scalars(select(Contract).where(Contract.model == model).order_by(Contract.threshold_w)))


def tariff(session: Session, name: str, model: str) -> TariffPlanMessage:
    """Raises: InputError `other-meter-type`, if this model has none of that name."""
    found = session.scalar(select(TariffPlan).where(TariffPlan.name == name, TariffPlan.model == model))
    if found is None:
        raise InputError(code="other-meter-type", name=name[:60], model=model.upper())
    return TariffPlanMessage.model_validate(found.plan)


def contract(session: Session, name: str, model: str) -> ContractMessage:
    """Raises: InputError `other-meter-type`, if this model has none of that name."""
    found = session.scalar(select(Contract).where(Contract.name == name, Contract.model == model))
    if found is None:
        raise InputError(code="other-meter-type", name=name[:60], model=model.upper())
    return ContractMessage(name=found.name, threshold_w=found.threshold_w)


def _message(row: PrepayProfile) -> PrepayProfileMessage:
    return PrepayProfileMessage.model_validate({name: getattr(row, name) for name in PrepayProfileMessage.model_fields})
