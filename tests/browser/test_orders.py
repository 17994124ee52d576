"""A day's tour in Chromium: an operator orders in SMM, a technician does it at the meters, SMM's reports show it."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from agent.domain.activity import Activity
from agent.domain.sample import METERS
from tests.browser.conftest import LANDSCAPE, PORTRAIT
from tests.browser.test_reading import log_in
from tests.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OpenPage = Callable[..., Page]
PROBES = {meter.serial: meter.probe_address for meter in METERS}
FIRST, SECOND, THIRD = (meter.serial for meter in METERS)
PODS = {meter.serial: meter.pod for meter in METERS}


@dataclass(frozen=True)
class Ordered:
    """What an operator fills in; what the technician is asked and sees; what the meter's own ledger has in the end."""

    activity: Activity
    serial: str
    fields: dict[str, str] = field(default_factory=dict)
    place: str = "commissioned-meters"
    asked: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    ledger: tuple[str, ...] = ()


TOUR = (
    Ordered(Activity.READING, SECOND, seen=("Energía",)),
    Ordered(Activity.CREDIT_READ, SECOND, seen=("Crédito",)),
    Ordered(
        Activity.CREDIT_CHARGE,
        SECOND,
        {"amount": "70000"},
        asked=(SECOND[-6:], PODS[SECOND], "70 000", "70,000"),
        seen=("70 000",),
        ledger=("charge",),
    ),
    Ordered(
        Activity.CHANGE,
        FIRST,
        {"tariff": "Chile_THR_Tariff", "contract": "Contract_10000"},
        asked=(FIRST[-6:], PODS[FIRST], "Chile_THR_Tariff", "10 000"),
        seen=("Base", "Chile_THR_Tariff", "6 000", "10 000"),
        ledger=("calendar", "threshold_normal"),
    ),
    Ordered(
        Activity.PREPAY_CONFIG,
        FIRST,
        {"profile": "Prepago comercial"},
        place="meters",
        seen=("Prepago comercial", "50 000"),
        ledger=("preset",),
    ),
    Ordered(
        Activity.DISCONNECT,
        SECOND,
        {"reason": "Falta de pago"},
        asked=(SECOND[-6:], PODS[SECOND], "Falta de pago"),
        seen=("Falta de pago",),
        ledger=("breaker",),
    ),
    Ordered(Activity.RECONNECT, SECOND, {"reason": "Pago recibido"}, seen=("Pago recibido",), ledger=("breaker",)),
    Ordered(Activity.LOAD_PROFILE, SECOND),
)


@pytest.fixture
def smm(demo: Demo, open_page: OpenPage) -> Iterator[Page]:
    page = open_page(f"{demo.smm_url}login")
    page.fill("[name=username]", "ripa")
    page.fill("[name=password]", "smm-2026")
    page.click("button[type=submit]")
    page.wait_for_url("**/reports/**")
    page.goto(f"{demo.smm_url}language/es")
    yield page


def order(smm: Page, demo: Demo, wanted: Ordered) -> None:
    """As an operator does: the meter, the activity, what it asks for."""
    smm.goto(f"{demo.smm_url}{wanted.place}")
    smm.check(f"input[name=serial][value={wanted.serial}]")
    smm.click(f"button[name=activity][value={wanted.activity.value}]")
    for name, value in wanted.fields.items():
        amount = smm.locator(f"input[name={name}]:not([type=radio])")
        if amount.count():
            amount.fill(value)
        else:
            smm.check(f"input[name={name}][value='{value}']")
    smm.click("button[form=order]")
    expect(smm.get_by_role("status")).to_be_visible()


def claim_all(page: Page, count: int) -> None:
    page.get_by_test_id("nav-trabajo").click()
    page.get_by_test_id("descargar").click()
    available = page.locator("[data-testid^=available-]")
    expect(available).to_have_count(count)
    for row in available.all():
        row.click()
    page.get_by_test_id("claim").click()
    expect(page.get_by_test_id("orders").locator("[data-testid^=order-]")).to_have_count(count)


def go_to(page: Page, serial: str) -> None:
    page.get_by_test_id("nav-conexion").click()
    page.get_by_test_id("scan").click()
    probe = page.get_by_test_id(f"probe-{PROBES[serial]}")
    expect(probe).to_be_visible()
    probe.click()
    expect(page.get_by_test_id("bird-led").first).to_have_attribute("data-state", "ready")


def leave(page: Page, serial: str) -> None:
    page.get_by_test_id("nav-conexion").click()
    page.get_by_test_id(f"probe-{PROBES[serial]}").click()
    expect(page.get_by_test_id("bird-led").first).to_have_attribute("data-state", "idle")


def spaced(words: str) -> re.Pattern[str]:
    """These words, with whatever kind of space between them."""
    return re.compile(re.escape(words).replace(r"\ ", r"\s"))


def do_order(page: Page, wanted: Ordered, look: Callable[[str], None]) -> None:
    page.get_by_test_id("nav-trabajo").click()
    held = page.get_by_test_id("orders").locator("[data-testid^=order-]")
    row = held.filter(has_text=wanted.activity.label).filter(has_text=wanted.serial)
    row.click()
    look(f"09-{wanted.activity.value}")
    page.get_by_test_id("start").click()
    if wanted.asked:
        for words in wanted.asked:
            expect(page.get_by_test_id("confirm")).to_contain_text(spaced(words))
        look(f"09-{wanted.activity.value}-confirmar")
        page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("done")).to_be_visible(timeout=120_000)
    for words in wanted.seen:
        expect(page.locator("main")).to_contain_text(spaced(words))
    look(f"06-{wanted.activity.value}-orden")
    page.get_by_test_id("csv-save").click()
    expect(page.get_by_text(re.compile(rf"{wanted.serial}_\w+_\d+T\d+\.csv")).first).to_be_visible()
    page.get_by_test_id("done").click()
    expect(row).to_have_count(0)


def noted(demo: Demo, serial: str) -> set[str]:
    """Kinds of what the meter has done, and what was configured."""
    lines = (demo.data / "meters" / f"{serial}.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    return {entry["kind"] for entry in entries} | {entry["what"] for entry in entries if "what" in entry}


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_a_tour(demo: Demo, open_page: OpenPage, smm: Page, output: Path, viewport: dict[str, int]) -> None:
    page = open_page(demo.url, viewport)

    def look(name: str) -> None:
        page.screenshot(path=output / f"{name}-{viewport['width']}x{viewport['height']}.png")
        violations = Axe().run(page).response["violations"]
        assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations] == []

    smm.goto(f"{demo.smm_url}work-orders")
    for number in range(1, 6):  # the sample's own
        smm.goto(f"{demo.smm_url}work-orders?order={number}")
        smm.click("button[name=do][value=cancel]")
    for wanted in TOUR:
        order(smm, demo, wanted)
    log_in(page)
    claim_all(page, len(TOUR))
    look("03-trabajo-orders")
    demo.smm().suspend()  # and the van drives to where there is no network
    for serial in dict.fromkeys(wanted.serial for wanted in TOUR):
        go_to(page, serial)
        for wanted in TOUR:
            if wanted.serial == serial:
                do_order(page, wanted, look)
        leave(page, serial)
    page.get_by_test_id("nav-ejecutado").click()
    expect(page.locator("[data-outbox=waiting]")).to_have_count(len(TOUR))
    look("10-ejecutado-tour")
    demo.smm().resume()
    page.get_by_test_id("sync").click()
    expect(page.locator("[data-outbox=waiting]")).to_have_count(0, timeout=60_000)
    for wanted in TOUR:
        assert set(wanted.ledger) <= noted(demo, wanted.serial), wanted
    report(smm, demo, output, viewport)


def report(smm: Page, demo: Demo, output: Path, viewport: dict[str, int]) -> None:
    """What the operator sees at the end."""
    for place in ("mobile", "commercial"):
        smm.goto(f"{demo.smm_url}reports/{place}-work-orders")
        smm.screenshot(path=output / f"smm-{place}-{viewport['width']}x{viewport['height']}.png")
        assert not Axe().run(smm).response["violations"]
        rows = [row.inner_text() for row in smm.locator("tbody tr").all() if "Cancelled" not in row.inner_text()]
        for wanted in TOUR:
            found = [row for row in rows if wanted.activity.label in row and wanted.serial in row]
            assert len(found) == (1 if place == "mobile" or wanted.activity.facts.commercial else 0), wanted
    smm.goto(f"{demo.smm_url}commissioned-meters")
    row = smm.locator("tbody tr").filter(has_text=FIRST[-6:])
    expect(row).to_contain_text("Contract_10000")
    expect(row).to_contain_text("Chile_THR_Tariff")


def test_an_order_cancelled_meanwhile_says_so_by_itself(
    demo: Demo, open_page: OpenPage, smm: Page, output: Path
) -> None:
    page = open_page(demo.url)
    log_in(page)
    page.get_by_test_id("nav-trabajo").click()
    page.get_by_test_id("descargar").click()
    page.locator("[data-testid^=available-]").filter(has_text=Activity.CREDIT_READ.label).click()
    page.get_by_test_id("claim").click()
    held = page.get_by_test_id("orders").locator("[data-testid^=order-]")
    expect(held).to_have_count(1)
    held.click()
    number = int(page.url.rsplit("/", 1)[1])
    smm.goto(f"{demo.smm_url}work-orders?order={number}")
    smm.click("button[name=do][value=cancel]")
    expect(page.get_by_text(re.compile("se canceló")).first).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("start")).to_have_count(0)
    page.screenshot(path=output / "09-orden-cancelada-1280x800.png")
    page.get_by_test_id("order-forget").click()
    expect(page.get_by_test_id("orders").locator("[data-testid^=order-]")).to_have_count(0)
    smm.goto(f"{demo.smm_url}reports/mobile-work-orders")
    expect(smm.locator("tbody tr").filter(has_text=str(number)).first).to_contain_text("ripa")
