"""The catalogue: prepayment profiles for all meters, tariff plans and contracts of a meter model."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.exchange import ContractMessage, PrepayProfileMessage, TariffPlanMessage
from agent.smm.models import ContractRow, PrepayProfileRow, TariffPlanRow


def all_profiles(session: Session) -> list[PrepayProfileMessage]:
    """Sorted by name."""
    return [_message(profile) for profile in session.scalars(select(PrepayProfileRow).order_by(PrepayProfileRow.name))]


def profile(session: Session, name: str) -> PrepayProfileMessage:
    """The profile of this name. Raises: InputError `unknown-profile`."""
    found = session.scalar(select(PrepayProfileRow).where(PrepayProfileRow.name == name))
    if found is None:
        raise InputError(code="unknown-profile", name=name[:60])
    return _message(found)


def add_profile(session: Session, new: PrepayProfileMessage) -> None:
    """Adds a profile; none is ever changed, as orders and meters refer to it by name.

    Raises:
        InputError: `profile-exists`.
    """
    if session.scalar(select(PrepayProfileRow).where(PrepayProfileRow.name == new.name)) is not None:
        raise InputError(code="profile-exists", name=new.name)
    session.add(PrepayProfileRow(**new.model_dump()))


def add_contract(session: Session, model: str, new: ContractMessage) -> None:
    """Adds a contract; like a profile, it is never changed. Raises: InputError `profile-exists`."""
    known = select(ContractRow).where(ContractRow.name == new.name, ContractRow.model == model)
    if session.scalar(known) is not None:
        raise InputError(code="profile-exists", name=new.name)
    session.add(ContractRow(name=new.name, model=model, threshold_w=new.threshold_w))


def add_tariff(session: Session, model: str, description: str, new: TariffPlanMessage) -> None:
    """Adds a tariff plan; like a profile, it is never changed. Raises: InputError `profile-exists`."""
    known = select(TariffPlanRow).where(TariffPlanRow.name == new.name, TariffPlanRow.model == model)
    if session.scalar(known) is not None:
        raise InputError(code="profile-exists", name=new.name)
    session.add(TariffPlanRow(name=new.name, model=model, description=description, plan=new.model_dump(mode="json")))


def tariffs(session: Session, model: str) -> list[TariffPlanRow]:
    """The tariff plans of a meter model, sorted by name."""
    return list(session.scalars(select(TariffPlanRow).where(TariffPlanRow.model == model).order_by(TariffPlanRow.name)))


def contracts(session: Session, model: str) -> list[ContractRow]:
    """The contracts of a meter model, the smallest power first."""
    return list(
        session.scalars(select(ContractRow).where(ContractRow.model == model).order_by(ContractRow.threshold_w))
    )


def tariff(session: Session, name: str, model: str) -> TariffPlanMessage:
    """The tariff plan of this name. Raises: InputError `other-meter-type` if the meter model has none."""
    found = session.scalar(select(TariffPlanRow).where(TariffPlanRow.name == name, TariffPlanRow.model == model))
    if found is None:
        raise InputError(code="other-meter-type", name=name[:60], model=model.upper())
    return TariffPlanMessage.model_validate(found.plan)


def contract(session: Session, name: str, model: str) -> ContractMessage:
    """The contract of this name. Raises: InputError `other-meter-type` if the meter model has none."""
    found = session.scalar(select(ContractRow).where(ContractRow.name == name, ContractRow.model == model))
    if found is None:
        raise InputError(code="other-meter-type", name=name[:60], model=model.upper())
    return ContractMessage(name=found.name, threshold_w=found.threshold_w)


def _message(row: PrepayProfileRow) -> PrepayProfileMessage:
    return PrepayProfileMessage.model_validate({name: getattr(row, name) for name in PrepayProfileMessage.model_fields})
