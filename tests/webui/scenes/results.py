"""Results of every activity, as the agent's own tables show them."""

from datetime import datetime, timedelta
from functools import partial

from agent.api.cells import sheet_rows
from agent.api.results import JobView, SheetView
from agent.domain import exchange
from agent.domain.activity import Activity
from agent.domain.result_tables import table_of
from tests.webui.fixtures import NOW, POD, SERIAL, reading_view, view
from tests.webui.scenes.scene import Scene, script, visible

CODES = [2, 62, 63, 47, 200, 5]


def ago(seconds: int) -> datetime:
    return NOW - timedelta(seconds=seconds)


def quantity(obis: str, value: str, unit: str) -> exchange.QuantityPayload:
    return exchange.QuantityPayload(obis=obis, value=value, scaler=0, unit=unit)


def channel(name: str, unit: str | None) -> exchange.ChannelPayload:
    return exchange.ChannelPayload(name=name, scaler=0, unit=unit)


def sheet(payload: exchange.ResultPayload) -> SheetView:
    table, warnings = table_of(payload), exchange.warnings_of(payload)
    return SheetView(serial=SERIAL, pod=POD, columns=list(table.columns), rows=sheet_rows(table), warnings=warnings)


def _credit(amount_wh: int) -> exchange.CreditStatePayload:
    return exchange.CreditStatePayload(
        mode="prepayment",
        account_status="account active",
        amount_wh=amount_wh,
        status="in use",
        warning_threshold_wh=5000,
        limit_wh=-20000,
        preset_wh=0,
        unit="Wh",
    )


def _breaker(control: int, *, output: bool) -> exchange.BreakerPayload:
    return exchange.BreakerPayload(control=control, output=output)


DISCONNECTED = exchange.BreakerChangePayload(
    serial=SERIAL,
    before=_breaker(1, output=True),
    after=_breaker(0, output=False),
    outcome="disconnected",
    reason="Falta de pago",
)
READY = exchange.BreakerChangePayload(
    serial=SERIAL, before=_breaker(0, output=False), after=_breaker(2, output=False), outcome="ready"
)
CHARGED = exchange.CreditChargePayload(
    serial=SERIAL,
    amount_wh=123_456,
    before_wh=8240,
    after_wh=131_696,
    token_id="6f1d0c88a2b34e5591c07d2a11f0e3b7",
    token_status="token execution result OK",
)
CHANGED = exchange.SupplyChangePayload(
    serial=SERIAL,
    tariff_before="Chile_BT1",
    tariff_after="Chile_THR_Tariff",
    contract="Contract_10000",
    threshold_before_w=5500,
    threshold_after_w=10_000,
)
CONFIGURED = exchange.PrepayConfiguredPayload(
    serial=SERIAL,
    profile=exchange.PrepayProfileMessage(
        name="Prepago residencial",
        mode="prepayment",
        credit_preset_wh=10_000,
        warning_threshold_wh=5000,
        limit_wh=-20_000,
        emergency_credit_wh=1000,
        unit_charge=1,
    ),
    read_back=_credit(10_000),
    unit_charge=1,
    is_prepay=True,
)
INSTANT = exchange.InstantPayload(
    serial=SERIAL,
    quantities={
        "u1": quantity("1.0.32.7.0.255", "229.7", "V"),
        "i1": quantity("1.0.31.7.0.255", "4.13", "A"),
        "p": quantity("1.0.1.7.0.255", "901", "W"),
        "pf": quantity("1.0.13.7.0.255", "0.950", ""),
        "f": quantity("1.0.14.7.0.255", "50.01", "Hz"),
    },
    meter_time=ago(190),
)
EVENTS = exchange.EventsPayload(
    serial=SERIAL,
    entries=[exchange.EventPayload(at=ago(25_200 * n), code=CODES[n % 6], text=None) for n in range(24)],
)
CLOCK = exchange.ClockPayload(
    serial=SERIAL, meter_time=ago(190), drift_s=-640, status=["doubtful-value", "daylight-saving"]
)
INFO = exchange.ProfileInfoPayload(
    serial=SERIAL,
    channels=[
        channel("8/0.0.1.0.0.255/2", None),
        channel("1/0.0.96.10.1.255/2", None),
        channel("3/1.0.1.8.0.255/2", "Wh"),
        channel("3/1.0.3.8.0.255/2", "varh"),
    ],
    capture_period_s=900,
    rows_held=35_040,
    first=ago(365 * 86_400),
    last=ago(900),
    since=ago(6 * 86_400),
    new_rows=576,
    new_seconds=25,
)

UNSET = exchange.ClockPayload(
    serial=SERIAL, meter_time=None, drift_s=None, status=["invalid-value"], warnings=["clock-not-set"]
)
ODD = reading_view().model_copy(
    update={"meter_time": None, "drift_s": None, "warnings": ["clock-not-set", "registers-set-aside", "sum-mismatch"]}
)

RESULTS: dict[str, JobView] = {
    "reading": view(Activity.READING, reading_view()),
    "reading-warnings": view(Activity.READING, ODD),
    "disconnect": view(Activity.DISCONNECT, sheet(DISCONNECTED)),
    "reconnect-ready": view(Activity.RECONNECT, sheet(READY)),
    "credit-charge": view(Activity.CREDIT_CHARGE, sheet(CHARGED), order=3561),
    "change": view(Activity.CHANGE, sheet(CHANGED), order=3567),
    "credit-read": view(Activity.CREDIT_READ, sheet(exchange.CreditReadPayload(serial=SERIAL, credit=_credit(-8240)))),
    "prepay-config": view(Activity.PREPAY_CONFIG, sheet(CONFIGURED)),
    "instant": view(Activity.INSTANT, sheet(INSTANT)),
    "events": view(Activity.EVENTS, sheet(EVENTS)),
    "clock": view(Activity.CLOCK, sheet(CLOCK)),
    "clock-not-set": view(Activity.CLOCK, sheet(UNSET)),
    "profile-info": view(Activity.LOAD_PROFILE, sheet(INFO)),
}


def result(name: str) -> Scene:
    shown = RESULTS[name]
    play = partial(script, {"job.view": shown})
    return Scene(f"06-resultado-{name}", f"#resultado/{shown.job.id}/trabajo", play, visible("result"))


RESULT = [result(name) for name in RESULTS]
