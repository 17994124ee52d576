"""Jobs under way, and how they end: outcome unknown, undecided, interrupted, refused."""

from functools import partial

from agent.api.jobs import JobInfo, JobList, LogLine, StepInfo
from agent.domain.activity import Activity
from tests.webui.fixtures import OTHER_SERIAL, at, charge_order, error, job, log, offline, step
from tests.webui.scenes.scene import Scene, presses, script, visible
from tests.webui.stage import Script

CHARGE_STEPS = ("readserial", "readaccount", "readcredit", "checktoken", "charge")
UNKNOWN = job(Activity.CREDIT_CHARGE, "unknown", order=3561, may_cancel=False)
UNDECIDED = job(Activity.CREDIT_CHARGE, "undecided", order=3561, may_cancel=False)
CUT_UNKNOWN = job(Activity.DISCONNECT, "unknown", may_cancel=False)


def running(which: Activity, lines: list[LogLine], now: StepInfo, **parts: object) -> Script:
    return script(job=job(which, "running", step=now, **parts), log=lines)


def received() -> JobList:
    days = [(Activity.CREDIT_READ, 600), (Activity.CLOCK, 7_000), (Activity.READING, 100_000)]
    return JobList(
        jobs=[
            job(which, id=f"old-{n}", created_at=at(-ago), outbox="received", received_at=at(60 - ago))
            for n, (which, ago) in enumerate(days)
        ]
    )


def attention() -> list[JobInfo]:
    return [
        UNKNOWN,
        job(Activity.LOAD_PROFILE, "interrupted", resumable=True, rows=12_345, error=error("link-lost")),
        job(Activity.READING, "interrupted", serial=OTHER_SERIAL, id="cut-reading"),
        UNDECIDED.model_copy(update={"serial": OTHER_SERIAL, "outbox": "waiting"}),
        job(
            Activity.PREPAY_CONFIG,
            outbox="refused",
            outbox_error=error("smm-rejected", reason="Autenticación fallida"),
        ),
        job(Activity.READING, id="waits"),
    ]


READING_LOG = log("readserial", "readclock", "readversion", total=6)
PROFILE_LOG = log("readserial", "readcolumns", "readscalers", "readrows", total=4)
CHARGE_LOG = log(*CHARGE_STEPS, total=6)

OUTCOMES = [
    Scene(
        "05-en-curso",
        "#trabajo",
        partial(running, Activity.READING, READING_LOG, step("readversion", 3, 6), seconds_left=6),
        go_keys=0,
    ),
    Scene(
        "05-en-curso-profile",
        "#trabajo",
        partial(running, Activity.LOAD_PROFILE, PROFILE_LOG, step("readrows", 4, 4), rows=12_345, seconds_left=843),
        go_keys=0,
    ),
    Scene(
        "05-en-curso-before-sent",
        "#trabajo",
        partial(running, Activity.CREDIT_CHARGE, CHARGE_LOG[:-1], step("checktoken", 4, 6)),
        go_keys=0,
    ),
    Scene(
        "05-en-curso-sent",
        "#trabajo",
        partial(running, Activity.CREDIT_CHARGE, CHARGE_LOG, step("charge", 5, 6), may_cancel=False),
        go_keys=0,
    ),
    Scene(
        "09-carga-no-conocida",
        f"#resultado/{UNKNOWN.id}/ejecutado",
        partial(script, pending=[UNKNOWN], orders=[charge_order()], sync=offline()),
        visible("unknown"),
    ),
    Scene(
        "09-carga-no-conocida-busy",
        f"#resultado/{UNKNOWN.id}/ejecutado",
        partial(script, {"job.recover": error("link-not-connected")}, pending=[UNKNOWN], orders=[charge_order()]),
        presses("check"),
    ),
    Scene(
        "09-corte-no-conocido",
        f"#resultado/{CUT_UNKNOWN.id}/ejecutado",
        partial(script, pending=[CUT_UNKNOWN]),
        visible("unknown"),
    ),
    Scene(
        "09-indeciso",
        f"#resultado/{UNDECIDED.id}/ejecutado",
        partial(script, pending=[UNDECIDED], orders=[charge_order()]),
        visible("undecided"),
    ),
    Scene("10-ejecutado", "#ejecutado", lambda: script({"job.history": received()}, pending=attention())),
    Scene("10-ejecutado-empty", "#ejecutado", script),
]
