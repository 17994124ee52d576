"""What `smm init` creates: the schema and, with the sample, its users, meters, catalogue and first orders."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.exchange import PrepayProfileMessage, TariffPlanMessage
from agent.domain.sample import (
    APP_VERSION,
    CONCENTRATOR,
    CONTRACTS,
    METERS,
    MODEL,
    PROFILES,
    TARIFFS,
    USERS,
    SampleMeter,
)
from agent.smm import directory
from agent.smm.catalogue import add_profile
from agent.smm.database import AUTO_APPROVE, Database, migrate, put_setting, utc_now
from agent.smm.keys import KeyBox
from agent.smm.models import ContractRow, Meter, TariffPlanRow, User
from agent.smm.orders.creating import create
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people.passwords import hash_password
from agent.smm.people.requester import Requester

_TAG = "Chile"
_OPERATOR = Requester("ripa", _TAG)
_FIRST, _SECOND, _THIRD = (meter.serial for meter in METERS)

_ORDERS = (
    WorkOrderRequest(Activity.CREDIT_READ, (_FIRST,)),
    WorkOrderRequest(
        Activity.CREDIT_CHARGE, (_FIRST,), amount_wh=123_456, outer_id="5375EBC8-1A0B-40F7-8D53-BE19D40E00D0"
    ),
    WorkOrderRequest(Activity.PREPAY_CONFIG, (_THIRD,), profile="Prepago residencial"),
    WorkOrderRequest(Activity.CHANGE, (_SECOND,), tariff="Chile_THR_Tariff", contract="Contract_10000"),
    WorkOrderRequest(Activity.LOAD_PROFILE, (_FIRST,)),
)


def init(url: str, *, sample: bool) -> None:
    """Creates the schema and, with `sample`, the sample utility. Calling it again adds only what is missing."""
    migrate(url)
    database = Database(url)
    if sample:
        keys = KeyBox.for_database(url)
        with database.begin() as session:
            put_setting(session, AUTO_APPROVE, "yes")
            _add_users(session)
            _add_meters(session, keys)
            _add_catalogue(session)
            _add_orders(session, keys, utc_now())
    database.engine.dispose()


def _add_users(session: Session) -> None:
    for user in USERS:
        if session.scalar(select(User).where(User.username == user.username)) is None:
            session.add(
                User(
                    username=user.username,
                    name=user.name,
                    email=f"{user.username.lower()}@mail.cl",
                    identification=user.username,
                    group=user.group,
                    tag=user.tag,
                    culture=user.culture,
                    locked=user.locked,
                    password_hash=hash_password(user.password),
                )
            )


def _add_meters(session: Session, keys: KeyBox) -> None:
    for sample in METERS:
        meter = session.get(Meter, sample.serial)
        if meter is None:
            meter = _new_meter(session, keys, sample)
            session.add(meter)
        if meter.sealed_vending_key is None:
            meter.sealed_vending_key = keys.lock({"vending_key": sample.vending_key.hex()}, sample.serial)
        session.flush()
    directory.note_revision(session)


def _new_meter(session: Session, keys: KeyBox, sample: SampleMeter) -> Meter:
    return Meter(
        serial=sample.serial,
        model=MODEL,
        concentrator=CONCENTRATOR,
        mac=sample.mac,
        app_version=APP_VERSION,
        is_prepay_configured=sample.prepaid,
        tag=_TAG,
        pod=sample.pod,
        address=sample.address,
        customer=sample.customer,
        sealed_secret=keys.lock({"lls_password": sample.lls_password.hex()}, sample.serial),
        contract_profile=f"Default contract - {MODEL.upper()}",
        tariff_profile=f"Default tariff -{MODEL.upper()}",
        breaker_state="connected (100)" if sample.connected else "detached (0)",
        revision=directory.highest_revision(session) + 1,
    )


def _add_catalogue(session: Session) -> None:
    if session.scalar(select(func.count()).select_from(ContractRow)):
        return
    for profile in PROFILES:
        add_profile(session, PrepayProfileMessage.model_validate(asdict(profile)))
    for tariff in TARIFFS:
        plan = TariffPlanMessage.model_validate(asdict(tariff)).model_dump(mode="json")
        session.add(
            TariffPlanRow(name=tariff.name, model=MODEL, description="Tres tarifas, invierno y verano", plan=plan)
        )
    for contract in CONTRACTS:
        session.add(ContractRow(name=contract.name, model=MODEL, threshold_w=contract.threshold_w))
    session.flush()


def _add_orders(session: Session, keys: KeyBox, now: datetime) -> None:
    for number, request in enumerate(_ORDERS, 1):
        create(session, keys, request, _OPERATOR, now, key=f"sample-{number}")
