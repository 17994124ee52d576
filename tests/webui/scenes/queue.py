"""The way to SMM: a session that is missing, another page in SMM's place, SMM that is busy."""

from functools import partial
from typing import Any

from playwright.sync_api import Page

from agent.api.exporting import ExportedFiles
from agent.api.jobs import JobList
from agent.api.sync import SyncInfo
from agent.domain.activity import Activity
from tests.webui.fixtures import SERIAL, at, error, job
from tests.webui.scenes.scene import Scene, presses, script, visible
from tests.webui.stage import Script


def sync(**parts: Any) -> SyncInfo:
    return SyncInfo(**{"online": True, "waiting": 2, "meters": 312, "last_at": at(-2400), "drift_s": 1, **parts})


WAITS = [job(Activity.READING, id="waits-1"), job(Activity.CREDIT_READ, id="waits-2")]

REFUSED = job(
    Activity.READING, id="refused", outbox="refused", outbox_error=error("refused-unknown-meter", serial=SERIAL)
).model_copy(update={"may_retry": True})
CONFLICT = job(Activity.CLOCK, id="conflict", outbox="refused", outbox_error=error("smm-conflict"))
CLOSED = job(
    Activity.READING,
    id="closed",
    outbox="closed",
    closed_by="tecnico7",
    closed_note="medidor retirado",
    closed_at=at(-900),
)
NOTICES = [error("storage-rescued", saved=41, lost=2), error("storage-little-room", jobs=40)]
EXPORTED = ExportedFiles(files=["T-1f0c22a9d3b4e5f6-20261123T101500.eplus"], count=2)
OFF = error("tablet-clock-off", seconds=3725)
MANY = [job(Activity.READING, id=f"many-{number}", created_at=at(-number)) for number in range(120)]


def part(params: dict[str, Any]) -> JobList:
    """Of the many, from after the one that is named."""
    first = next((place + 1 for place, one in enumerate(MANY) if one.id == params["after"]), 0)
    return JobList(jobs=MANY[first : first + 50], more=first + 50 < len(MANY))


def many() -> Script:
    return script({"job.pending": part}, sync=sync(waiting=120), pending=MANY[:50])


def export(page: Page) -> None:
    presses("export")(page)
    visible("exported")(page)


QUEUE = [
    Scene(
        "11-rechazados",
        "#ejecutado",
        partial(script, {"job.history": JobList(jobs=[CLOSED])}, pending=[REFUSED, CONFLICT, *WAITS]),
    ),
    Scene("11-rechazado-close", "#ejecutado", partial(script, pending=[REFUSED]), presses("close-refused")),
    Scene(
        "12-reloj", "#trabajo", partial(script, sync=sync(drift_s=3725, clock=OFF), pending=[REFUSED]), presses("drift")
    ),
    Scene("12-reloj-past", "#trabajo", partial(script, sync=sync(clock=error("tablet-clock-past")))),
    Scene("13-memoria", "#trabajo", partial(script, sync=sync(notices=NOTICES), pending=WAITS), visible("notice")),
    Scene(
        "13-exportar",
        "#ejecutado",
        partial(script, {"sync.export": EXPORTED}, sync=sync(notices=NOTICES[1:]), pending=WAITS),
        export,
    ),
    Scene("11-muchos", "#ejecutado", many, visible("more-pending")),
    Scene("11-sync-again", "#ejecutado", partial(script, sync=sync(running=True, done=1, total=2)), presses("sync")),
    Scene(
        "11-contrasena",
        "#trabajo",
        partial(script, sync=sync(password_needed=True), pending=WAITS),
        visible("password-go"),
    ),
    Scene(
        "11-contrasena-refused",
        "#ejecutado",
        partial(script, sync=sync(password_needed=True, error=error("login-locked", user="tecnico7")), pending=WAITS),
        visible("password-error"),
    ),
    *(
        Scene(
            f"11-{name}",
            "#ejecutado",
            partial(script, sync=sync(online=online, error=error(code, **params)), pending=WAITS),
        )
        for name, code, online, params in (
            ("portal", "smm-portal", False, {}),
            ("foreign", "smm-foreign", False, {}),
            ("busy", "smm-busy", True, {"status": 429, "seconds": 120}),
        )
    ),
]
