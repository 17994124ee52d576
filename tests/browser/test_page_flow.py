"""What the page asks the agent for, and where it leads as a job goes on, from a scripted agent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agent.api.app import PAGE
from agent.api.jobs import JobInfo
from agent.domain.activity import Activity
from tests.browser.conftest import LANDSCAPE, PORTRAIT
from tests.browser.test_screens import OpenPage
from tests.webui.fixtures import SERIAL, charge_order, error, job, log, step
from tests.webui.scenes.new import BLOCKED, NO_KEY, UNKNOWN_METER, choose, prepare, type_serial
from tests.webui.scenes.orders import DOWNLOAD, take
from tests.webui.scenes.outcomes import attention
from tests.webui.scenes.results import RESULTS
from tests.webui.scenes.scene import script
from tests.webui.stage import Reply, Script, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RUNNING = job(Activity.CREDIT_CHARGE, "running", id="charge", order=3561)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if not (PAGE / "index.html").exists():
        pytest.skip("the page is not built")
    running = Stage()
    yield running
    running.close()


def asked(script: Script, method: str) -> list[dict[str, Any]]:
    return [params for name, params in script.asked if name == method]


def heard(page: Page, script: Script, method: str) -> list[dict[str, Any]]:
    """What was asked for, once it has come over the socket."""
    for _ in range(100):
        if found := asked(script, method):
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"{method} was not asked for")


def tell(stage: Stage, info: JobInfo) -> None:
    stage.change("job", info.model_dump(mode="json"))


def test_a_charge_is_confirmed_once_cannot_be_cancelled_once_sent_and_is_checked(
    stage: Stage, open_page: OpenPage
) -> None:
    done = RESULTS["credit-charge"].model_copy(update={"job": job(Activity.CREDIT_CHARGE, id="charge")})
    replies = {"job.start": RUNNING, "job.recover": RUNNING, "job.view": done}
    played = stage.play(script(replies, orders=[charge_order()]))
    page = open_page(f"{stage.url}#trabajo")
    page.get_by_test_id("order-3561").click()
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("confirm-amount")).to_contain_text("123,456")
    assert asked(played, "job.start") == []
    page.get_by_test_id("confirm-yes").dblclick()
    tell(stage, RUNNING)
    expect(page.get_by_test_id("cancel")).to_be_visible()
    assert [(one["order"], one["activity"], one["serial"]) for one in asked(played, "job.start")] == [
        (3561, "credit-charge", SERIAL)
    ]
    tell(stage, RUNNING.model_copy(update={"may_cancel": False}))
    expect(page.get_by_test_id("cancel")).to_have_count(0)
    tell(stage, RUNNING.model_copy(update={"state": "unknown", "may_cancel": False}))
    expect(page.get_by_test_id("unknown")).to_contain_text("no repita la carga")
    expect(page.get_by_test_id("start")).to_have_count(0)
    page.get_by_test_id("check").click()
    assert heard(page, played, "job.recover") == [{"job": "charge"}]
    tell(stage, RUNNING.model_copy(update={"state": "undecided", "may_cancel": False}))
    expect(page.get_by_test_id("undecided")).to_contain_text("decide una persona en SMM")
    tell(stage, done.job)
    expect(page.get_by_test_id("result-sum")).to_contain_text("131")


def test_no_is_no(stage: Stage, open_page: OpenPage) -> None:
    played = stage.play(script(orders=[charge_order()]))
    page = open_page(f"{stage.url}#orden/3561")
    page.get_by_test_id("start").click()
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("order")).to_be_visible()
    assert asked(played, "job.start") == []


WISHES = [
    (["disconnect", "reason-debt", "start", "confirm-yes"], {"reason": "Falta de pago"}),
    (["load-profile", "info"], {"info": True, "first": None}),
    (["load-profile", "start"], {"info": False, "first": None, "last": None}),
    (["clock", "start"], {"set_clock": False, "far_off": False}),
    (["clock", "clock-set", "clock-far-off", "start"], {"set_clock": True, "far_off": True}),
    (["clock", "clock-set", "clock-far-off", "clock-check", "start"], {"set_clock": False, "far_off": False}),
]


@pytest.mark.parametrize(("presses", "wish"), WISHES, ids=lambda one: "-".join(one) if isinstance(one, list) else "")
def test_what_is_chosen_is_what_is_asked_for(
    stage: Stage, open_page: OpenPage, presses: list[str], wish: dict[str, Any]
) -> None:
    activity = Activity(presses[0])
    played = stage.play(script({"job.start": job(activity, "running")}))
    page = open_page(f"{stage.url}#nuevo")
    prepare(page, *presses)
    page.wait_for_url("**/#trabajo")
    (start,) = asked(played, "job.start")
    assert {name: start[name] for name in wish} == wish
    assert (start["activity"], start["serial"], start["order"]) == (activity, SERIAL, None)


def test_a_range_that_ends_before_it_begins_does_not_start(stage: Stage, open_page: OpenPage) -> None:
    played = stage.play(script({"job.start": job(Activity.EVENTS, "running")}))
    page = open_page(f"{stage.url}#nuevo")
    prepare(page, "events", "range-chosen")
    page.get_by_test_id("ask-first").fill("2026-11-20T10:00")
    page.get_by_test_id("ask-last").fill("2026-11-19T10:00")
    page.get_by_test_id("start").click(force=True)
    expect(page.get_by_text("termina antes de empezar")).to_be_visible()
    assert asked(played, "job.start") == []
    page.get_by_test_id("ask-last").fill("2026-11-21T10:00")
    page.get_by_test_id("start").click()
    page.wait_for_url("**/#trabajo")
    (start,) = asked(played, "job.start")
    assert start["first"].startswith("2026-11-20T") and start["first"].endswith("Z") and start["first"] < start["last"]


def test_a_reason_is_needed_and_may_be_ones_own(stage: Stage, open_page: OpenPage) -> None:
    played = stage.play(script({"job.start": job(Activity.DISCONNECT, "running")}))
    page = open_page(f"{stage.url}#nuevo")
    prepare(page, "disconnect")
    page.get_by_test_id("start").click(force=True)
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    page.get_by_test_id("reason-own").fill("árbol sobre la línea")
    page.get_by_test_id("start").click()
    page.get_by_test_id("confirm-yes").click()
    page.wait_for_url("**/#trabajo")
    assert asked(played, "job.start")[0]["reason"] == "árbol sobre la línea"


def test_orders_are_searched_claimed_given_back_and_closed(stage: Stage, open_page: OpenPage) -> None:
    claimed = DOWNLOAD["orders.available"]
    played = stage.play(script({**DOWNLOAD, "orders.claim": claimed}, orders=[charge_order()]))
    page = open_page(f"{stage.url}#descargar")
    page.get_by_test_id("get-search").fill("ROSSO")
    expect(page.get_by_test_id("available-3564")).to_be_visible()
    take(page)
    page.get_by_test_id("claim").click()
    page.wait_for_url("**/#trabajo")
    assert asked(played, "orders.claim") == [{"orders": [3564, 3566]}]
    page.get_by_test_id("order-3561").click()
    page.get_by_test_id("order-release").click()
    page.get_by_test_id("release-yes").click()
    page.wait_for_url("**/#trabajo")
    assert asked(played, "orders.release") == [{"orders": [3561]}]
    page.get_by_test_id("order-3561").click()
    page.get_by_test_id("order-close").click()
    page.get_by_test_id("close-other").click()
    page.get_by_test_id("close-yes").click(force=True)
    assert asked(played, "orders.close") == []
    page.get_by_test_id("close-note").fill("perro suelto")
    page.get_by_test_id("close-yes").click()
    page.wait_for_url("**/#trabajo")
    assert asked(played, "orders.close") == [{"order": 3561, "reason": "other", "note": "perro suelto"}]


def test_what_needs_attention_offers_its_own_way_out(stage: Stage, open_page: OpenPage) -> None:
    again = job(Activity.LOAD_PROFILE, "running")
    played = stage.play(script({"job.resume": again, "job.recover": RUNNING}, pending=attention()))
    page = open_page(f"{stage.url}#ejecutado")
    page.get_by_test_id("dismiss-cut-reading").click()
    page.get_by_test_id("resume-load-profile-interrupted").click()
    page.wait_for_url("**/#trabajo")
    page.get_by_test_id("nav-ejecutado").click()
    page.get_by_test_id("check-credit-charge-unknown").click()
    page.wait_for_url("**/#trabajo")
    assert [asked(played, f"job.{way}") for way in ("dismiss", "resume", "recover")] == [
        [{"job": "cut-reading"}],
        [{"job": "load-profile-interrupted"}],
        [{"job": "credit-charge-unknown"}],
    ]
    for settled in ("credit-charge-undecided", "prepay-config-done"):
        assert page.get_by_test_id(f"check-{settled}").count() == 0


def test_open_outcomes_are_met_on_trabajo_too_and_counted_in_the_status(stage: Stage, open_page: OpenPage) -> None:
    played = stage.play(script({"job.recover": RUNNING}, pending=attention()))
    page = open_page(f"{stage.url}#trabajo")
    expect(page.get_by_test_id("attention-count").locator("b")).to_have_text("5")
    expect(page.get_by_test_id("open-jobs").locator("> li")).to_have_count(4)
    page.get_by_test_id("see-credit-charge-undecided").click()
    expect(page.get_by_test_id("undecided")).to_be_visible()
    page.get_by_test_id("nav-trabajo").click()
    page.get_by_test_id("check-credit-charge-unknown").click()
    tell(stage, RUNNING)
    expect(page.get_by_test_id("cancel")).to_be_visible()
    assert heard(page, played, "job.recover") == [{"job": "credit-charge-unknown"}]


def test_a_load_profile_that_was_cut_goes_on_from_its_last_row(stage: Stage, open_page: OpenPage, output: Path) -> None:
    running = job(Activity.LOAD_PROFILE, "running", id="profile", rows=12_345)
    played = stage.play(script({"job.resume": running}))
    page = open_page(f"{stage.url}#trabajo")
    page.get_by_test_id("nuevo").wait_for()
    tell(stage, running)
    expect(page.get_by_test_id("rows-so-far")).to_contain_text("12")
    cut = {"state": "interrupted", "resumable": True, "error": error("link-lost")}
    tell(stage, running.model_copy(update=cut))
    expect(page.locator(".btn--go")).to_have_count(1)
    page.screenshot(path=output / "page-05-en-curso-cut-1280.png", animations="disabled")
    page.get_by_test_id("resume").click()
    assert heard(page, played, "job.resume") == [{"job": "profile"}]
    tell(stage, running)
    expect(page.get_by_test_id("cancel")).to_be_visible()


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
@pytest.mark.parametrize("replies", [NO_KEY, UNKNOWN_METER, BLOCKED], ids=["no-key", "unknown", "blocked"])
def test_what_is_said_of_a_meter_moves_no_activity(
    stage: Stage, open_page: OpenPage, replies: dict[str, Reply], viewport: dict[str, int]
) -> None:
    stage.play(script(replies))
    page = open_page(f"{stage.url}#nuevo", viewport)
    last = page.get_by_test_id("activity-change")
    last.wait_for()
    before = last.bounding_box()
    type_serial(page)
    assert last.bounding_box() == before


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_nothing_moves_when_a_change_leaves_for_the_meter(
    stage: Stage, open_page: OpenPage, viewport: dict[str, int]
) -> None:
    stage.play(script(job=RUNNING))
    page = open_page(f"{stage.url}#trabajo", viewport)
    page.get_by_test_id("cancel").wait_for()
    before = page.locator("main .actions").bounding_box()
    tell(stage, RUNNING.model_copy(update={"may_cancel": False}))
    page.get_by_test_id("cancel").wait_for(state="detached")
    assert page.locator("main .actions").bounding_box() == before


def test_grey_activities_say_why_and_are_not_chosen(stage: Stage, open_page: OpenPage) -> None:
    stage.play(script())
    page = open_page(f"{stage.url}#nuevo")
    choose(page, "reading")
    grey = page.get_by_test_id("activity-credit-charge")
    expect(grey).to_contain_text("SMM")
    grey.click(force=True)
    expect(grey).to_have_attribute("aria-checked", "false")


@pytest.mark.parametrize("language", ["en", "it"])
def test_other_languages_fit_too(stage: Stage, open_page: OpenPage, language: str) -> None:
    played = script(orders=[charge_order()])
    assert played.state.user is not None
    played.state.user.culture = language
    stage.play(played)
    page: Page = open_page(f"{stage.url}#orden/3561")
    page.get_by_test_id("start").click()
    sign = {"en": ".", "it": ","}[language]
    expect(page.get_by_test_id("confirm-amount")).to_contain_text(f"123{sign}456")
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_the_steps_are_those_that_the_agent_told_whatever_the_log_says(stage: Stage, open_page: OpenPage) -> None:
    running = job(Activity.READING, "running", id="reading")
    stage.play(script(job=running, log=log("readclock", total=9)))
    page = open_page(f"{stage.url}#trabajo")
    steps = page.get_by_test_id("steps")
    expect(steps).to_have_attribute("data-step", "0")
    tell(stage, running.model_copy(update={"step": step("readserial", 1, 3)}))
    for seconds in (9, 6):  # the same step, told anew
        tell(stage, running.model_copy(update={"step": step("readclock", 2, 3), "seconds_left": seconds}))
    expect(steps.locator("li")).to_contain_text(["readserial", "readclock", "Paso 3"])
    expect(steps.locator("[aria-current=step]")).to_contain_text("readclock")
    tell(stage, job(Activity.READING, "failed", id="reading", error=error("link-lost")))
    expect(page.get_by_test_id("again")).to_be_visible()
    expect(steps.locator("li")).to_contain_text(["readserial", "readclock", "Paso 3"])
    tell(stage, running)
    expect(steps.locator("li")).to_have_count(0)
