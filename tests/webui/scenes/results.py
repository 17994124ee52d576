"""Results of every activity, as the agent shows them."""

from functools import partial

from agent.api.messages import JobView
from agent.domain.activity import Activity
from tests.webui.fixtures import Cells, number, reading_view, sheet, text, time, view, word
from tests.webui.scenes.scene import Scene, script, visible


def _events() -> list[Cells]:
    kinds = [(1, "power down"), (2, "power up"), (30, "cover opened")] * 8
    return [[time(-3600 * 7 * n), number(code), word(name)] for n, (code, name) in enumerate(kinds)]


RESULTS: dict[str, JobView] = {
    "reading": view(Activity.READING, reading_view()),
    "disconnect": view(
        Activity.DISCONNECT,
        sheet(
            "changes",
            [word("breaker"), word("connected"), word("disconnected"), None],
            [word("output"), word("on"), word("off"), None],
            [word("outcome"), None, word("disconnected"), None],
            [word("reason"), None, text("Falta de pago"), None],
        ),
    ),
    "reconnect-ready": view(
        Activity.RECONNECT,
        sheet(
            "changes",
            [word("breaker"), word("disconnected"), word("ready"), None],
            [word("output"), word("off"), word("off"), None],
            [word("outcome"), None, word("ready"), None],
            [word("reason"), None, None, None],
        ),
    ),
    "credit-charge": view(
        Activity.CREDIT_CHARGE,
        sheet(
            "changes",
            [word("credit"), number(8240), number(131696), text("Wh")],
            [word("charged"), None, number(123456), text("Wh")],
            [word("token"), None, text("6f1d0c88a2b34e5591c07d2a11f0e3b7"), None],
            [word("token status"), None, word("token execution result OK"), None],
        ),
        order=3561,
    ),
    "change": view(
        Activity.CHANGE,
        sheet(
            "changes",
            [word("tariff"), text("Chile_BT1"), text("Chile_THR_Tariff"), None],
            [word("contract"), None, text("Contract_10000"), None],
            [word("contracted power"), number(5500), number(10000), text("W")],
        ),
        order=3567,
    ),
    "credit-read": view(
        Activity.CREDIT_READ,
        sheet(
            "facts",
            [word("payment mode"), word("prepayment"), None],
            [word("account status"), word("account active"), None],
            [word("credit"), number(-8240), text("Wh")],
            [word("credit status"), word("in use"), None],
            [word("warning threshold"), number(5000), text("Wh")],
            [word("limit"), number(-20000), text("Wh")],
            [word("preset"), number(0), text("Wh")],
        ),
    ),
    "prepay-config": view(
        Activity.PREPAY_CONFIG,
        sheet(
            "facts",
            [word("profile"), text("Prepago residencial"), None],
            [word("payment mode"), word("prepayment"), None],
            [word("account status"), word("account active"), None],
            [word("credit"), number(10000), text("Wh")],
            [word("unit charge"), number(1), None],
            [word("prepayment"), word("yes"), None],
        ),
    ),
    "instant": view(
        Activity.INSTANT,
        sheet(
            "registers",
            [word("u1"), text("1.0.32.7.0.255"), number("229.7"), text("V")],
            [word("i1"), text("1.0.31.7.0.255"), number("4.13"), text("A")],
            [word("p"), text("1.0.1.7.0.255"), number("901"), text("W")],
            [word("pf"), text("1.0.13.7.0.255"), number("0.950"), None],
            [word("f"), text("1.0.14.7.0.255"), number("50.01"), text("Hz")],
            [word("meter time"), None, time(-190), text("UTC")],
        ),
    ),
    "events": view(
        Activity.EVENTS,
        sheet(
            "events",
            *_events(),
        ),
    ),
    "clock": view(
        Activity.CLOCK,
        sheet(
            "facts",
            [word("meter time"), time(-190), text("UTC")],
            [word("drift"), number(-640), text("s")],
            [word("drift after"), None, text("s")],
            [word("clock status"), text("invalid value"), None],
        ),
    ),
    "profile-info": view(
        Activity.LOAD_PROFILE,
        sheet(
            "facts",
            [word("channel"), text("Active Forward"), text("Wh")],
            [word("channel"), text("Reactive Forward"), text("varh")],
            [word("capture period"), number(900), text("s")],
            [word("rows held"), number(35040), None],
            [word("first row"), time(-365 * 86_400), text("UTC")],
            [word("last row"), time(-900), text("UTC")],
            [word("last visit"), time(-6 * 86_400), text("UTC")],
            [word("new rows"), number(576), None],
            [word("time for new rows"), number(25), text("s")],
        ),
    ),
}


def result(name: str) -> Scene:
    shown = RESULTS[name]
    play = partial(script, {"job.view": shown})
    return Scene(f"06-resultado-{name}", f"#resultado/{shown.job.id}/trabajo", play, visible("result"))


RESULT = [result(name) for name in RESULTS]
