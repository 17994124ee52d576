"""What the scenes are made of: a state, meters, orders, results."""

from datetime import UTC, datetime, timedelta
from typing import Any

from agent.api.agent_info import AgentInfo, activity_info
from agent.api.cells import SheetCell
from agent.api.jobs import JobInfo, LogLine, StepInfo
from agent.api.load_profiles import ProfileView
from agent.api.message import ErrorInfo
from agent.api.meters import MeterCard
from agent.api.orders import OrderInfo
from agent.api.probes import LinkState, ProbeInfo
from agent.api.results import JobView, ReadingView, Register
from agent.api.sessions import UserInfo
from agent.api.state import PageState
from agent.api.sync import SyncInfo
from agent.domain.activity import Activity

NOW = datetime.now(UTC).replace(microsecond=0)
SERIAL, POD, ADDRESS = "UAAEEDN11200129695", "ROSSO0003", "Av. Los Aromos 260"
OTHER_SERIAL = "UAAEEDN11200129683"
BIRD = ProbeInfo(address="C0:17:E9:E4:06:95", name="Bird 07", signal=-61, known=True, is_probe=True)
Cells = list[SheetCell | None]


def at(seconds: int = 0) -> str:
    """So long from now, UTC."""
    return (NOW + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def word(text: str) -> SheetCell:
    return SheetCell(kind="word", value=text)


def text(value: str) -> SheetCell:
    return SheetCell(kind="text", value=value)


def number(value: float | str) -> SheetCell:
    return SheetCell(kind="number", value=str(value))


def state(**parts: Any) -> PageState:
    """Logged in, Bird connected, SMM online; `parts` replace what a scene needs otherwise."""
    refused = sum(one.outbox == "refused" for one in parts.get("pending", []))
    usual: dict[str, Any] = {
        "agent": AgentInfo(version="0.1.0", demo=False, csv_folder="/csv", activities=[*map(activity_info, Activity)]),
        "user": UserInfo(username="tecnico7", name="Técnico 7", culture="es", offline=False, offline_until=at(90_000)),
        "link": LinkState(state="ready", probe=BIRD, found=[BIRD], led="green"),
        "job": None,
        "log": [],
        "pending": [],
        "orders": [],
        "sync": SyncInfo(online=True, waiting=4, refused=refused, meters=312, last_at=at(-60), drift_s=1),
    }
    return PageState(**{**usual, **parts})


def offline() -> SyncInfo:
    return SyncInfo(online=False, waiting=5, meters=312, last_at=at(-2400), drift_s=1)


def card(**parts: Any) -> MeterCard:
    usual: dict[str, Any] = {
        "serial": SERIAL,
        "model": "CERM1",
        "pod": POD,
        "address": ADDRESS,
        "customer": "María Soto Araya",
        "has_key": True,
        "last_profile_row": at(-6 * 86_400),
    }
    return MeterCard(**{**usual, **parts})


def job(which: Activity, status: str = "done", **parts: Any) -> JobInfo:
    over = status in ("done", "failed")
    usual: dict[str, Any] = {
        "id": f"{which}-{status}",
        "activity": which,
        "serial": SERIAL,
        "state": status,
        "created_at": at(-300),
        "ended_at": at(-200) if over else None,
        "user": "tecnico7",
        "outbox": "waiting" if over else None,
    }
    return JobInfo(**{**usual, **parts})


def step(name: str, index: int, total: int) -> StepInfo:
    return StepInfo(name=name, index=index, total=total, octets=None)


def log(*names: str, total: int) -> list[LogLine]:
    lines = ["Opening port…", "Session correctly open"] + [f"- {name} {i}/{total}" for i, name in enumerate(names, 1)]
    return [LogLine(at=at(i - 30), text=line) for i, line in enumerate(lines)]


def order(number_: int, which: Activity, **parts: Any) -> OrderInfo:
    usual: dict[str, Any] = {
        "id": number_,
        "activity": which,
        "serial": SERIAL,
        "pod": POD,
        "address": ADDRESS,
        "customer": "María Soto Araya",
        "summary": "visita de noviembre",
        "created_by": "ripa",
        "inserted_at": at(-86_400),
        "mine": True,
        "lease_until": at(30_000),
    }
    return OrderInfo(**{**usual, **parts})


def charge_order(**parts: Any) -> OrderInfo:
    parameters: list[Cells] = [[word("charge"), number(123456), text("Wh")]]
    usual = {"parameters": parameters, "summary": "credito 123456 Wh"}
    return order(3561, Activity.CREDIT_CHARGE, **{**usual, **parts})


def change_order(**parts: Any) -> OrderInfo:
    parameters: list[Cells] = [
        [word("tariff"), text("Chile_THR_Tariff"), None],
        [word("contract"), text("Contract_10000"), None],
        [word("contracted power"), number(10000), text("W")],
    ]
    usual = {"parameters": parameters, "summary": "Chile_THR_Tariff, Contract_10000"}
    return order(3567, Activity.CHANGE, **{**usual, **parts})


def reading_view() -> ReadingView:
    shares = {"T1": 55134, "T2": 312258, "T3": 981227, "T4": 172, "T5": 1043, "T6": 2309}
    total = sum(shares.values())
    registers = [
        Register(name=name, obis=f"1.0.1.8.{name[1]}.255", value=str(wh), unit="Wh", share=wh * 1000 // total)
        for name, wh in shares.items()
    ]
    return ReadingView(
        serial=SERIAL,
        pod=POD,
        registers=registers,
        total=Register(name="TOTAL", obis="1.0.1.8.0.255", value=str(total), unit="Wh", share=1000),
        meter_time=at(-190),
        drift_s=7,
        app_version="3131",
        breaker="connected",
        warnings=[],
    )


def view(which: Activity, result: Any, **parts: Any) -> JobView:
    """A load profile's file is not in its view."""
    csv = None if isinstance(result, ProfileView) else "item;value;unit\r\nserial number;UAAEEDN11200129695;\r\n"
    name = f"{SERIAL}_{which.label.replace(' ', '')}_20261122T101500.csv"
    return JobView(job=job(which, **parts), result=result, csv=csv, csv_name=name)


def error(code: str, **params: str | int) -> ErrorInfo:
    return ErrorInfo(code=code, params=params, retryable=True)
