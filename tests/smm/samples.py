"""Payloads of each kind, as a tablet sends them."""

from typing import Any

from tests.smm.conftest import SERIAL, reading

PROFILE = {
    "name": "Prepago residencial",
    "mode": "prepayment",
    "credit_preset_wh": 5000,
    "warning_threshold_wh": 2000,
    "limit_wh": 0,
    "emergency_credit_wh": 1000,
    "unit_charge": 1000,
}


def credit_state(amount_wh: int = 8512) -> dict[str, Any]:
    return {
        "mode": "prepayment",
        "account_status": "active",
        "amount_wh": amount_wh,
        "status": "in use",
        "warning_threshold_wh": 2000,
        "limit_wh": 0,
        "preset_wh": 5000,
        "unit": "Wh",
    }


def charged(amount_wh: int, token_id: str | None, serial: str = SERIAL) -> dict[str, Any]:
    return {
        "kind": "credit-charge",
        "serial": serial,
        "amount_wh": amount_wh,
        "before_wh": 1000,
        "after_wh": 1000 + amount_wh,
        "token_id": token_id,
        "token_status": "execution-ok",
    }


def undecided(activity: str = "credit-charge", serial: str = SERIAL) -> dict[str, Any]:
    evidence = {"credit_before_wh": 11204, "credit_after_wh": 9871, "energy_after_wh": None}
    return {"kind": "undecided", "serial": serial, "activity": activity, "evidence": evidence}


def failed(code: str = "change-refused", serial: str = SERIAL) -> dict[str, Any]:
    return {"kind": "failure", "serial": serial, "code": code, "params": {"object": "0.0.19.40.0.255", "result": "no"}}


def not_done(reason: str = "no-access", note: str = "perro suelto", serial: str = SERIAL) -> dict[str, Any]:
    return {"kind": "not-done", "serial": serial, "reason": reason, "note": note}


def profile_part(number: int) -> dict[str, Any]:
    channel = {"name": "3 1.0.1.29.0.255 2", "scaler": 0, "unit": "Wh"}
    rows = [[str(number * 100 + row)] for row in range(3)]
    return {"kind": "load-profile", "serial": SERIAL, "channels": [channel], "capture_period_s": 900, "rows": rows}


def breaker_change(outcome: str, control: int, *, output: bool) -> dict[str, Any]:
    after = {"control": control, "output": output}
    before = {"control": 1 - control, "output": not output}
    return {
        "kind": "breaker-change",
        "serial": SERIAL,
        "before": before,
        "after": after,
        "outcome": outcome,
        "reason": None,
    }


EVERY_KIND: dict[str, tuple[str, dict[str, Any]]] = {
    "reading": ("reading", reading()),
    "credit-read": ("credit-read", {"kind": "credit-read", "serial": SERIAL, "credit": credit_state()}),
    "credit-charge": ("credit-charge", charged(500, "ab" * 16)),
    "prepay-config": (
        "prepay-config",
        {
            "kind": "prepay-config",
            "serial": SERIAL,
            "profile": PROFILE,
            "read_back": credit_state(5000),
            "unit_charge": 1000,
            "is_prepay": True,
        },
    ),
    "change": (
        "change",
        {
            "kind": "change",
            "serial": SERIAL,
            "tariff_before": None,
            "tariff_after": "Chile_THR_Tariff",
            "contract": "Contract_10000",
            "threshold_before_w": 6000,
            "threshold_after_w": 10000,
        },
    ),
    "disconnect": ("disconnect", breaker_change("disconnected", 0, output=False)),
    "reconnect": ("reconnect", breaker_change("connected", 1, output=True)),
    "load-profile": ("load-profile", profile_part(1)),
    "instant": ("instant", {"kind": "instant", "serial": SERIAL, "quantities": {}, "meter_time": None}),
    "events": ("events", {"kind": "events", "serial": SERIAL, "entries": [{"at": None, "code": 3, "text": None}]}),
    "clock": (
        "clock",
        {"kind": "clock", "serial": SERIAL, "meter_time": None, "drift_s": None, "status": [], "drift_after_s": None},
    ),
    "failure": ("change", failed()),
    "not-done": ("change", not_done()),
    "undecided": ("disconnect", undecided("disconnect")),
}
