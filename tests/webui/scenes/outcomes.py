"""Jobs under way, and how they end: outcome unknown, undecided, interrupted, refused."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from agent.api.jobs import JobInfo, JobList
from agent.domain.activity import Activity
from tests.webui.fixtures import OTHER_SERIAL, at, charge_order, error, job, log, offline, step
from tests.webui.scenes.scene import Act, Scene, presses, script, visible
from tests.webui.stage import Script

CHARGE_STEPS = ("readserial", "readaccount", "readcredit", "checktoken", "charge")
UNKNOWN = job(Activity.CREDIT_CHARGE, "unknown", order=3561, may_cancel=False)
UNDECIDED = job(Activity.CREDIT_CHARGE, "undecided", order=3561, may_cancel=False)
CUT_UNKNOWN = job(Activity.DISCONNECT, "unknown", may_cancel=False)


def running(which: Activity, names: Sequence[str], total: int, **parts: object) -> Script:
    """A job that has come to the last of the named steps while the page looked on."""
    steps = [step(name, index, total) for index, name in enumerate(names, 1)]
    played = script(job=job(which, "running"), log=log(*names, total=total))
    return replace(played, changes=[("job", job(which, "running", step=each, **parts)) for each in steps])


def at_step(index: int) -> Act:
    return lambda page: page.locator(f"[data-testid=steps][data-step='{index}']").wait_for()


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
            outbox_error=error("refused-unknown-meter", serial=OTHER_SERIAL),
            may_retry=True,
        ),
        job(Activity.READING, id="waits"),
    ]


READING_STEPS = ("readserial", "readclock", "readversion")
PROFILE_STEPS = ("readserial", "readcolumns", "readscalers", "readrows")

OUTCOMES = [
    Scene(
        "05-en-curso",
        "#trabajo",
        partial(running, Activity.READING, READING_STEPS, 6, seconds_left=6),
        at_step(3),
        go_keys=0,
    ),
    Scene(
        "05-en-curso-profile",
        "#trabajo",
        partial(running, Activity.LOAD_PROFILE, PROFILE_STEPS, 4, rows=12_345, seconds_left=843),
        at_step(4),
        go_keys=0,
    ),
    Scene(
        "05-en-curso-before-sent",
        "#trabajo",
        partial(running, Activity.CREDIT_CHARGE, CHARGE_STEPS[:-1], 6),
        at_step(4),
        go_keys=0,
    ),
    Scene(
        "05-en-curso-sent",
        "#trabajo",
        partial(running, Activity.CREDIT_CHARGE, CHARGE_STEPS, 6, may_cancel=False),
        at_step(5),
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
