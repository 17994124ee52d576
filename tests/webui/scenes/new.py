"""A new job: its meter, its activity, and what that asks for."""

from functools import partial

from playwright.sync_api import Page, expect

from agent.api.meters import ProfileNames
from tests.webui.fixtures import SERIAL, card, error
from tests.webui.scenes.scene import Scene, script


def choose(page: Page, activity: str) -> None:
    page.get_by_test_id("serial").fill(SERIAL)
    page.get_by_test_id("meter-card").get_by_text("ROSSO0003").wait_for()
    page.get_by_test_id(f"activity-{activity}").click()


def prepare(page: Page, activity: str, *presses: str) -> None:
    choose(page, activity)
    for testid in ("next", *presses):
        page.get_by_test_id(testid).click()


def type_serial(page: Page) -> None:
    page.get_by_test_id("serial").fill(SERIAL)
    page.locator("[data-testid^=meter-trouble], [data-testid=meter-blocked]").first.wait_for()


def type_serial_only(page: Page) -> None:
    page.get_by_test_id("serial").fill(SERIAL)
    expect(page.get_by_test_id("meter-card")).to_have_count(0)


NO_KEY = {"meter.card": card(has_key=False)}
UNKNOWN_METER = {"meter.card": error("meter-unknown", serial=SERIAL)}
BLOCKED = {"meter.card": card(blocked=error("outcome-open", serial=SERIAL))}
PROFILES = {"prepay.profiles": ProfileNames(profiles=["Prepago residencial", "Prepago comercial", "Vuelta a crédito"])}

NEW = [
    Scene("04-nuevo", "#nuevo", script, partial(choose, activity="reading")),
    Scene("04-nuevo-empty", "#nuevo", script),
    Scene("04-nuevo-no-key", "#nuevo", partial(script, NO_KEY), type_serial),
    Scene("04-nuevo-unknown-meter", "#nuevo", partial(script, UNKNOWN_METER), type_serial),
    Scene("04-nuevo-no-answer", "#nuevo", partial(script, {"meter.card": error("internal")}), type_serial_only),
    Scene("04-nuevo-blocked", "#nuevo", partial(script, BLOCKED), type_serial),
    Scene("04-preparar-disconnect", "#nuevo", script, lambda page: prepare(page, "disconnect", "reason-debt")),
    Scene("04-preparar-disconnect-empty", "#nuevo", script, lambda page: prepare(page, "disconnect")),
    Scene(
        "04-preparar-prepay",
        "#nuevo",
        partial(script, PROFILES),
        lambda page: prepare(page, "prepay-config", "profile-Prepago comercial"),
    ),
    Scene(
        "04-preparar-prepay-none",
        "#nuevo",
        partial(script, {"prepay.profiles": ProfileNames(profiles=[])}),
        lambda page: prepare(page, "prepay-config"),
    ),
    Scene("04-preparar-profile", "#nuevo", script, lambda page: prepare(page, "load-profile")),
    Scene("04-preparar-events", "#nuevo", script, lambda page: prepare(page, "events", "range-chosen")),
    Scene("04-preparar-clock", "#nuevo", script, lambda page: prepare(page, "clock", "clock-set", "clock-far-off")),
    Scene("09-cortar-confirmar", "#nuevo", script, lambda page: prepare(page, "disconnect", "reason-debt", "start")),
]
