"""Other activities in a browser: from SMM's orders to the meter and back to SMM's report."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from agent.domain.activity import Activity
from tests.browser.conftest import LANDSCAPE, PORTRAIT
from tests.browser.test_reading import SERIAL, connect, log_in, smm_page
from tests.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OpenPage = Callable[..., Page]


def look(page: Page, output: Path, name: str, viewport: dict[str, int]) -> None:
    page.screenshot(path=output / f"{name}-{viewport['width']}x{viewport['height']}.png")
    violations = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations] == []


def choose(page: Page, activity: str) -> None:
    page.get_by_test_id("nav-trabajo").click()
    page.get_by_test_id("nuevo").click()
    page.get_by_test_id("serial").fill(SERIAL)
    page.get_by_test_id(f"activity-{activity}").click()


def begin(page: Page, activity: str) -> None:
    choose(page, activity)
    if page.get_by_test_id("next").count():
        page.get_by_test_id("next").click()


def synchronise(page: Page) -> None:
    page.get_by_test_id("nav-ejecutado").click()
    page.get_by_test_id("sync").click()
    expect(page.locator("[data-outbox=waiting]")).to_have_count(0)


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_a_charge_ordered_in_smm(demo: Demo, open_page: OpenPage, output: Path, viewport: dict[str, int]) -> None:
    page = open_page(demo.url, viewport)
    log_in(page)
    connect(page)
    page.get_by_test_id("nav-trabajo").click()
    page.get_by_test_id("descargar").click()
    order = page.locator("[data-testid^=available-]").filter(has_text="Meter Credit Charge").filter(has_text=SERIAL)
    expect(order).to_have_count(1)
    order.click()
    look(page, output, "08-descargar", viewport)
    page.get_by_test_id("claim").click()
    held = page.get_by_test_id("orders").locator("[data-testid^=order-]").filter(has_text="Meter Credit Charge")
    expect(held).to_have_count(1)
    look(page, output, "03-trabajo-orders", viewport)
    held.click()
    expect(page.get_by_text(re.compile("Wh")).first).to_be_visible()
    look(page, output, "09-orden", viewport)
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("confirm-yes")).to_be_visible()
    look(page, output, "09-carga-confirmar", viewport)
    page.get_by_test_id("confirm-yes").click()
    charged = page.get_by_test_id("sheet-charged").locator("td").nth(1)
    expect(charged).to_have_attribute("data-value", "123456")
    look(page, output, "06-carga", viewport)
    page.get_by_test_id("done").click()
    expect(held).to_have_count(0)
    synchronise(page)
    assert (demo.data / "meters" / f"{SERIAL}.jsonl").read_text().count('"kind": "charge"') == 1
    report = smm_page(page, demo, "reports/mobile-work-orders")
    assert SERIAL in report and "Charge" in report


def test_detachment_and_reconnection(demo: Demo, open_page: OpenPage, output: Path) -> None:
    page = open_page(demo.url)
    log_in(page)
    connect(page)
    for activity, after in (("reconnect", "connected"), ("disconnect", "disconnected")):
        choose(page, activity)
        if activity == "disconnect":
            page.get_by_test_id("next").click()
            page.locator("[data-testid^=reason-]").first.click()
            look(page, output, "04-preparar-disconnect", LANDSCAPE)
            page.get_by_test_id("start").click()
            expect(page.get_by_test_id("confirm")).to_contain_text("ROSSO0003")
            page.get_by_test_id("confirm-yes").click()
        else:
            page.get_by_test_id("start").click()
        expect(page.get_by_test_id("sheet-breaker").locator("td").nth(1)).to_have_attribute("data-value", after)
        look(page, output, f"06-{activity}", LANDSCAPE)
        page.get_by_test_id("done").click()
    synchronise(page)
    assert smm_page(page, demo, "reports/mobile-work-orders").count(SERIAL) == 2


@pytest.mark.parametrize("activity", ["credit-read", "clock", "instant", "events"])
def test_what_is_only_read(demo: Demo, open_page: OpenPage, output: Path, activity: str) -> None:
    page = open_page(demo.url)
    log_in(page)
    connect(page)
    begin(page, activity)
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("sheet")).to_be_visible()
    look(page, output, f"06-{activity}", LANDSCAPE)
    page.get_by_test_id("csv-save").click()
    expect(page.get_by_text(re.compile(rf"{SERIAL}_\w+_\d+T\d+\.csv")).first).to_be_visible()
    page.get_by_test_id("done").click()
    synchronise(page)
    report = smm_page(page, demo, "reports/mobile-work-orders")
    assert SERIAL in report and Activity(activity).label in report


def test_a_load_profile_and_then_nothing_new(demo: Demo, open_page: OpenPage, output: Path) -> None:
    page = open_page(demo.url)
    log_in(page)
    connect(page)
    begin(page, "load-profile")
    page.get_by_test_id("info").click()
    expect(page.get_by_test_id("sheet")).to_be_visible()
    look(page, output, "07-load-profile-info", LANDSCAPE)
    page.get_by_test_id("done").click()
    begin(page, "load-profile")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("profile-rows")).to_be_visible(timeout=120_000)
    look(page, output, "07-load-profile", LANDSCAPE)
    page.get_by_test_id("done").click()
    begin(page, "load-profile")
    page.get_by_test_id("start").click()
    expect(page.get_by_text(re.compile("No hay nuevas lecturas")).first).to_be_visible()
