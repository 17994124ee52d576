"""The main job in a browser: login, Bird, reading, pop-up, CSV, Ejecutado, SYNC, SMM's own pages."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from agent.bootstrap import ROOT
from tests.browser.conftest import LANDSCAPE, PORTRAIT
from tests.demo import Demo
from tests.interop.processes import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SERIAL, BIRD = "UAAEEDN11200129695", "C0:17:E9:E4:06:95"
OpenPage = Callable[..., Page]


def log_in(page: Page, user: str = "claudio.silva", password: str = "bird-2026") -> None:
    page.get_by_test_id("login-user").fill(user)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login-submit").click()


def connect(page: Page) -> None:
    page.get_by_test_id("nav-conexion").click()
    page.get_by_test_id("scan").click()
    page.get_by_test_id(f"probe-{BIRD}").click()
    expect(page.get_by_test_id("bird-led").first).to_have_attribute("data-state", "ready")


def read(page: Page) -> None:
    page.get_by_test_id("nav-trabajo").click()
    page.get_by_test_id("nuevo").click()
    page.get_by_test_id("serial").fill(SERIAL)
    page.get_by_test_id("activity-reading").click()
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("result")).to_be_visible()


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def smm_page(page: Page, demo: Demo, path: str) -> str:
    page.goto(f"{demo.smm_url}login")
    page.fill("[name=username]", "ripa")
    page.fill("[name=password]", "smm-2026")
    page.click("button[type=submit]")
    page.wait_for_url("**/reports/**")
    page.goto(f"{demo.smm_url}{path}")
    return page.inner_text("main")


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_the_whole_path(
    demo: Demo, open_page: OpenPage, output: Path, tmp_path: Path, viewport: dict[str, int]
) -> None:
    page = open_page(demo.url, viewport)

    def look(name: str) -> None:
        """Keeps a picture, and asks axe what a person with other eyes would miss."""
        page.screenshot(path=output / f"{name}-{viewport['width']}x{viewport['height']}.png")
        violations = Axe().run(page).response["violations"]
        assert [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations] == []

    expect(page.get_by_test_id("login-submit")).to_be_visible()
    look("01-login")
    log_in(page)
    page.get_by_test_id("nav-conexion").click()
    page.get_by_test_id("scan").click()
    expect(page.get_by_test_id(f"probe-{BIRD}")).to_be_visible()
    look("02-conexion")
    page.get_by_test_id(f"probe-{BIRD}").click()
    expect(page.get_by_test_id("bird-led").first).to_have_attribute("data-state", "ready")
    look("02-conexion-connected")
    page.get_by_test_id("nav-trabajo").click()
    look("03-trabajo")
    page.get_by_test_id("nuevo").click()
    page.get_by_test_id("serial").fill(SERIAL)
    page.get_by_test_id("activity-reading").click()
    look("04-nuevo")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("result")).to_be_visible()
    look("06-resultado")
    assert digits(page.get_by_test_id("result-total").inner_text()) == "1352143"
    assert "55134" in digits(page.get_by_test_id("result-t1").inner_text())
    assert "2309" in digits(page.get_by_test_id("result-t6").inner_text())
    assert "3131" in page.get_by_test_id("result-version").inner_text()
    expect(page.get_by_test_id("result-breaker")).to_be_visible()
    expect(page.get_by_test_id("result-time")).to_be_visible()
    page.get_by_test_id("csv-save").click()
    expect(page.get_by_text(re.compile(rf"{SERIAL}_Reading_\d+T\d+\.csv")).first).to_be_visible()
    saved = next((tmp_path / "csv").iterdir())
    assert "T1;1.0.1.8.1.255;55134;Wh" in saved.read_text(encoding="utf-8-sig")
    page.get_by_test_id("csv-view").click()
    expect(page.get_by_text("1.0.1.8.1.255").first).to_be_visible()
    look("06-csv")
    page.keyboard.press("Escape")
    page.get_by_test_id("done").click()
    page.get_by_test_id("nav-ejecutado").click()
    row = page.locator("[data-testid^=row-]")
    expect(row).to_have_count(1)
    look("10-ejecutado")
    page.get_by_test_id("sync").click()
    expect(page.locator("[data-outbox=waiting]")).to_have_count(0)
    look("10-ejecutado-synced")
    last = smm_page(page, demo, "reports/last-readings")
    assert "1352143" in digits(last)
    page.screenshot(path=output / f"smm-last-readings-{viewport['width']}x{viewport['height']}.png")
    page.goto(f"{demo.smm_url}reports/mobile-work-orders")
    assert "claudio.silva" in page.inner_text("main")


def test_smm_stopped_during_the_job_and_started_before_sync(demo: Demo, open_page: OpenPage) -> None:
    page = open_page(demo.url)
    log_in(page)
    connect(page)
    demo.smm().kill()
    read(page)
    page.get_by_test_id("done").click()
    page.get_by_test_id("nav-ejecutado").click()
    page.get_by_test_id("sync").click()
    expect(page.get_by_test_id("error").first).to_be_visible()
    expect(page.locator("[data-outbox=waiting]")).to_have_count(1)
    port = demo.smm_url.rstrip("/").rsplit(":", 1)[1]
    database = f"sqlite:///{demo.data / 'smm.sqlite'}"
    command = [sys.executable, "-m", "agent", "smm", "serve", "--database", database, "--port", port]
    with serving(command, int(port)):
        page.get_by_test_id("sync").click()
        expect(page.locator("[data-outbox=waiting]")).to_have_count(0)
        assert "1352143" in digits(smm_page(page, demo, "reports/last-readings"))


def test_agent_killed_after_saved(demo: Demo, open_page: OpenPage, output: Path) -> None:
    page = open_page(demo.url)
    log_in(page)
    connect(page)
    read(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    demo.kill()
    expect(page.get_by_test_id("agent-down")).to_be_visible()
    page.screenshot(path=output / "agent-down-1280x800.png")
    page.reload()
    expect(page.get_by_test_id("agent-down")).to_be_visible()
    demo.start()
    expect(page.get_by_test_id("login-submit")).to_be_visible(timeout=30_000)
    log_in(page)
    page.get_by_test_id("nav-ejecutado").click()
    page.get_by_test_id("sync").click()
    expect(page.locator("[data-outbox=waiting]")).to_have_count(0)
    assert smm_page(page, demo, "reports/mobile-work-orders").count(SERIAL) == 1


@pytest.mark.parametrize(
    ("user", "password", "says"),
    [
        ("claudio.silva", "wrong", "incorrectos"),
        ("ripa", "smm-2026", "Mobile User Group"),
        ("pedro.locked", "bird-2026", "bloqueado"),
    ],
)
def test_login_says_why_not(demo: Demo, open_page: OpenPage, user: str, password: str, says: str) -> None:
    page = open_page(demo.url)
    log_in(page, user, password)
    expect(page.get_by_test_id("login-error")).to_contain_text(says)


def test_three_languages(demo: Demo, open_page: OpenPage) -> None:
    page = open_page(demo.url)
    texts = set()
    for language in ("es", "en", "it"):
        page.get_by_test_id(f"lang-{language}").click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        texts.add(page.get_by_test_id("login-submit").inner_text())
    assert len(texts) == 3


def test_the_page_is_for_those_with_the_launch_link(demo: Demo, open_page: OpenPage) -> None:
    page = open_page(demo.origin)
    expect(page.get_by_test_id("login-submit")).to_have_count(0)


def test_types_of_the_page_are_current() -> None:
    check = [sys.executable, "-m", "agent.api.typescript", "--check"]
    assert subprocess.run(check, cwd=ROOT, check=False).returncode == 0
