"""The way to SMM: a session that is missing, another page in SMM's place, SMM that is busy."""

from functools import partial
from typing import Any

from agent.api.sync import SyncInfo
from agent.domain.activity import Activity
from tests.webui.fixtures import at, error, job
from tests.webui.scenes.scene import Scene, script, visible


def sync(**parts: Any) -> SyncInfo:
    return SyncInfo(**{"online": True, "waiting": 2, "meters": 312, "last_at": at(-2400), "drift_s": 1, **parts})


WAITS = [job(Activity.READING, id="waits-1"), job(Activity.CREDIT_READ, id="waits-2")]

QUEUE = [
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
