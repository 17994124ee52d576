"""What a technician does about the way to SMM, on a scripted agent."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from agent.api.app import PAGE
from agent.api.sessions import UserInfo
from tests.webui.fixtures import at, error
from tests.webui.scenes.queue import CONFLICT, MANY, REFUSED, WAITS, many, sync
from tests.webui.scenes.scene import script
from tests.webui.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenPage = Callable[..., Page]
USER = UserInfo(username="tecnico7", name="Técnico 7", culture="es", offline=False, offline_until=at(90_000))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if not (PAGE / "index.html").exists():
        pytest.skip("the page is not built")
    running = Stage()
    yield running
    running.close()


def test_the_password_is_asked_for_in_place(stage: Stage, open_page: OpenPage) -> None:
    played = stage.play(script({"session.renew": USER}, sync=sync(password_needed=True), pending=WAITS))
    page = open_page(f"{stage.url}#nuevo")
    expect(page.get_by_test_id("password-user")).to_have_value("tecnico7")
    expect(page.get_by_test_id("password-user")).not_to_be_editable()
    page.get_by_test_id("login-password").fill("bird-2026")
    page.get_by_test_id("password-go").click()
    stage.change("sync", sync().model_dump(mode="json"))
    expect(page.get_by_test_id("password-go")).to_have_count(0)
    assert ("session.renew", {"password": "bird-2026"}) in played.asked
    assert page.url.endswith("#nuevo"), "the technician is where they were"


def test_asked_later_it_comes_with_sync(stage: Stage, open_page: OpenPage) -> None:
    refused = error("login-wrong")
    stage.play(script({"session.renew": refused}, sync=sync(password_needed=True), pending=WAITS))
    page = open_page(f"{stage.url}#ejecutado")
    page.get_by_test_id("password-later").click()
    expect(page.get_by_test_id("password-go")).to_have_count(0)
    page.get_by_test_id("sync").click()
    page.get_by_test_id("login-password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("password-error")).to_have_attribute("data-code", "login-wrong")


def test_a_running_job_is_not_disturbed(stage: Stage, open_page: OpenPage) -> None:
    running = WAITS[0].model_copy(update={"state": "running", "outbox": None})
    stage.play(script(sync=sync(password_needed=True), job=running))
    page = open_page(f"{stage.url}#trabajo")
    page.get_by_test_id("nav-ejecutado").wait_for()
    expect(page.get_by_test_id("password-go")).to_have_count(0)
    stage.change("job", running.model_copy(update={"state": "failed", "outbox": "waiting"}).model_dump(mode="json"))
    expect(page.get_by_test_id("password-go")).to_have_count(1)


def test_a_refused_job_is_sent_again_or_closed_with_a_reason(stage: Stage, open_page: OpenPage) -> None:
    played = stage.play(script(pending=[REFUSED, CONFLICT]))
    page = open_page(f"{stage.url}#ejecutado")
    page.get_by_test_id("retry-refused").click()
    expect(page.get_by_test_id("retry-conflict")).to_have_count(0)
    page.get_by_test_id("close-conflict").click()
    expect(page.get_by_test_id("close-yes")).to_have_attribute("aria-disabled", "true")
    page.get_by_test_id("close-note").fill("  ya está en SMM ")
    page.get_by_test_id("close-yes").click()
    expect(page.get_by_test_id("dialog-back")).to_have_count(1)
    wanted = [("outbox.retry", {"job": "refused"}), ("outbox.close", {"job": "conflict", "note": "ya está en SMM"})]
    assert [asked for asked in played.asked if asked[0].startswith("outbox.")] == wanted


def test_a_long_list_comes_as_it_is_scrolled(stage: Stage, open_page: OpenPage) -> None:
    stage.play(many())
    page = open_page(f"{stage.url}#ejecutado")
    page.get_by_test_id(f"row-{MANY[49].id}").wait_for()
    expect(page.get_by_test_id(f"row-{MANY[119].id}")).to_have_count(0)
    for last in (49, 99, 119):
        page.get_by_test_id(f"row-{MANY[last].id}").scroll_into_view_if_needed()
        if last < 119:
            page.get_by_test_id(f"row-{MANY[last + 1].id}").wait_for()
    expect(page.get_by_test_id("more-pending")).to_have_count(0)


def test_sync_does_something_while_it_runs(stage: Stage, open_page: OpenPage) -> None:
    played = stage.play(script(sync=sync(running=True, done=1, total=2), pending=WAITS))
    page = open_page(f"{stage.url}#ejecutado")
    page.get_by_test_id("sync").click()
    expect(page.get_by_test_id("sync-progress")).to_contain_text("acaba de llegar")
    assert ("sync.run", {}) in played.asked
