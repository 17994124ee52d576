"""The way to the probe: looking, choosing, waiting, and what may be wrong."""

from functools import partial
from typing import Any

from playwright.sync_api import Page

from agent.api.probes import LinkState, ProbeInfo
from tests.webui.fixtures import error
from tests.webui.scenes.scene import Scene, presses, script

MINE = ProbeInfo(address="C0:17:E9:E4:06:95", name="Bird furgón 12", signal=-52, known=True, used=True, is_probe=True)
PAIRED = ProbeInfo(address="C0:17:E9:E4:06:A1", name="EPL-BIRD-0696", signal=None, known=True, is_probe=False)
NEW_BIRD = ProbeInfo(address="C0:17:E9:E4:06:B3", name="Bird 31", signal=-66, known=False, is_probe=True)
NAMELESS = ProbeInfo(address="C0:17:E9:E4:06:C7", name=None, signal=-91, known=False, is_probe=True)
HEADPHONES = ProbeInfo(
    address="74:2A:8A:E4:07:D3", name="Audífonos de Marcela", signal=-71, known=False, is_probe=False
)
PORT = ProbeInfo(address="COM5", name="USB Serial Port", signal=None, known=False, is_probe=True, is_port=True)
AROUND = [MINE, PAIRED, NEW_BIRD, NAMELESS, HEADPHONES, PORT]
SILENT = MINE.model_copy(update={"signal": None})


def told(state: str, **parts: Any) -> Any:
    """The agent says so of the link, to a technician who looks at it."""
    return partial(script, link=LinkState.model_validate({"state": state, **parts}))


def options(page: Page) -> None:
    page.get_by_test_id(f"more-{MINE.address}").click()
    page.get_by_test_id("probe-name").wait_for()


LINKS = [
    Scene("02-conexion", "#conexion", told("ready", probe=MINE, found=[MINE, PAIRED], led="green")),
    Scene("02-conexion-empty", "#conexion", told("idle")),
    Scene("02-conexion-scanning", "#conexion", told("scanning", found=AROUND)),
    Scene("02-conexion-all", "#conexion", told("scanning", found=AROUND), presses("show-all")),
    Scene("02-conexion-connecting", "#conexion", told("pairing", probe=NEW_BIRD, found=AROUND)),
    Scene(
        "02-conexion-waiting",
        "#conexion",
        told("backing-off", probe=SILENT, found=[SILENT, PAIRED], error=error("link-lost")),
    ),
    Scene("02-conexion-off", "#conexion", told("off", found=[SILENT], error=error("link-radio-off"))),
    Scene(
        "02-conexion-pin",
        "#conexion",
        told("idle", found=AROUND, error=error("link-pin-needed", address="Bird 31"), external_probe=True),
    ),
    Scene("02-conexion-options", "#conexion", told("ready", probe=MINE, found=[MINE], led="green"), options),
]
