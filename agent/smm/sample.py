"""What `smm init` puts into a new system: with the sample, the manual's users, meters, catalogue and first orders."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.domain.activity import Activity
from agent.domain.exchange import PrepayProfileMessage, SeasonMessage, SwitchMessage, TariffPlanMessage
from agent.domain.sample import APP_VERSION, CONCENTRATOR, METERS, MODEL, USERS, SampleMeter
from agent.smm.catalogue import add_profile
from agent.smm.database import AUTO_APPROVE, Database, migrate, put_setting, utc_now
from agent.smm.keys import KeyBox
from agent.smm.models import Contract, Meter, TariffPlan, User
from agent.smm.orders.creating import create
from agent.smm.orders.wish import Asker, OrderWish
from agent.smm.passwords import hash_password

_TAG = "Chile"
_OPERATOR = Asker("ripa", _TAG)
_FIRST, _SECOND, _THIRD = (meter.serial for meter in METERS)

_PROFILES = (
    PrepayProfileMessage(
        name="Prepago residencial",
        mode="prepayment",
        credit_preset_wh=5_000,
        warning_threshold_wh=2_000,
        limit_wh=0,
        emergency_credit_wh=1_000,
        unit_charge=1_000,
    ),
    PrepayProfileMessage(
        name="Prepago comercial",
        mode="prepayment",
        credit_preset_wh=50_000,
        warning_threshold_wh=20_000,
        limit_wh=0,
        emergency_credit_wh=5_000,
        unit_charge=1_000,
    ),
    PrepayProfileMessage(
        name="Pospago",
        mode="credit",
        credit_preset_wh=0,
        warning_threshold_wh=0,
        limit_wh=0,
        emergency_credit_wh=0,
        unit_charge=0,
    ),
)

_WORKDAY = [
    SwitchMessage(minute=0, tariff=1),
    SwitchMessage(minute=480, tariff=2),
    SwitchMessage(minute=1320, tariff=1),
]
_WINTER_WORKDAY = [*_WORKDAY[:2], SwitchMessage(minute=1080, tariff=3), _WORKDAY[2]]
_THREE_RATES = TariffPlanMessage(
    name="Chile_THR_Tariff",
    seasons=[
        SeasonMessage(name="invierno", month=4, day=1, week="inv"),
        SeasonMessage(name="verano", month=10, day=1, week="ver"),
    ],
    weeks={"inv": [2, 2, 2, 2, 2, 3, 3], "ver": [1, 1, 1, 1, 1, 3, 3]},
    days={1: _WORKDAY, 2: _WINTER_WORKDAY, 3: [SwitchMessage(minute=0, tariff=1)]},
)

_ORDERS = (
    OrderWish(Activity.CREDIT_READ, (_FIRST,)),
    OrderWish(Activity.CREDIT_CHARGE, (_FIRST,), amount_wh=123_456, outer_id="5375EBC8-1A0B-40F7-8D53-BE19D40E00D0"),
    OrderWish(Activity.PREPAY_CONFIG, (_THIRD,), profile="Prepago residencial"),
    OrderWish(Activity.CHANGE, (_SECOND,), tariff="Chile_THR_Tariff", contract="Contract_10000"),
    OrderWish(Activity.LOAD_PROFILE, (_FIRST,)),
)


def init(url: str, *, sample: bool) -> None:
    """Makes the schema, and with `sample` the sample utility. May be called again."""
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
        revision=(session.scalar(select(func.max(Meter.revision))) or 0) + 1,
    )


def _add_catalogue(session: Session) -> None:
    if session.scalar(select(func.count()).select_from(Contract)):
        return
    for profile in _PROFILES:
        add_profile(session, profile)
    session.add(
        TariffPlan(
            name=_THREE_RATES.name,
            model=MODEL,
            description="Tres tarifas, invierno y verano",
            plan=_THREE_RATES.model_dump(mode="json"),
        )
    )
    for watts in (6_000, 10_000):
        session.add(Contract(name=f"Contract_{watts}", model=MODEL, threshold_w=watts))
    session.flush()


def _add_orders(session: Session, keys: KeyBox, now: datetime) -> None:
    for number, wish in enumerate(_ORDERS, 1):
        create(session, keys, wish, _OPERATOR, now, key=f"sample-{number}")
