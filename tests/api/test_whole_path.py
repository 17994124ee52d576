"""The demo as a person runs it, without a browser: login, Bird, reading, SYNC, SMM's pages; killed and started."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.demo import Demo, Page

pytestmark = pytest.mark.slow

SERIAL, BIRD = "UAAEEDN11200129695", "C0:17:E9:E4:06:95"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path / "data").start()
    yield running
    running.stop()


def log_in(page: Page) -> None:
    page.call("session.login", username="claudio.silva", password="bird-2026")
    page.until(lambda state: state["sync"]["meters"] == 3 and not state["sync"]["running"])


def connect(page: Page) -> None:
    page.call("link.scan")
    page.until(lambda state: len([probe for probe in state["link"]["found"] if probe["signal"]]) == 3)
    page.call("link.connect", address=BIRD)
    assert page.until(lambda state: state["link"]["state"] == "ready")["link"]["simulated"]


def read(page: Page) -> str:
    job = page.call("job.start", activity="reading", serial=SERIAL)
    page.until(lambda state: state["job"]["id"] == job["id"] and state["job"]["state"] in ("done", "failed"))
    assert page.state["job"]["state"] == "done", page.state["job"]
    return str(job["id"])


def report(demo: Demo, path: str) -> str:
    with httpx.Client(base_url=demo.smm_url, follow_redirects=True) as operator:
        form = operator.get("/login").text
        token = form.split('name="csrf" value="')[1].split('"')[0]
        operator.post("/login", data={"username": "ripa", "password": "smm-2026", "csrf": token})
        return operator.get(path).text


def test_a_reading_reaches_smm(demo: Demo) -> None:
    page = Page(demo)
    log_in(page)
    connect(page)
    job = read(page)
    texts = [line["text"] for line in page.state["log"]]
    assert texts[0] == "Opening port…"
    assert "- readserial 1/7" in texts
    assert texts[-1] == "Saved"
    view = page.call("job.view", job=job)
    assert view["result"]["total"]["value"] == "1352143"
    assert view["csv_name"].startswith(f"{SERIAL}_Reading_")
    assert [row["id"] for row in page.state["pending"]] == [job]
    page.call("sync.run")
    page.until(lambda state: state["pending"] == [])
    assert [row["outbox"] for row in page.call("job.history")["jobs"]] == ["received"]
    assert "1352143" in report(demo, "/reports/last-readings.csv")
    assert "claudio.silva" in report(demo, "/reports/mobile-work-orders.csv")


def test_a_load_profile_is_fetched_shown_and_saved_then_nothing_is_new(demo: Demo) -> None:
    page = Page(demo)
    log_in(page)
    connect(page)

    def fetch(**asked: str | bool) -> dict[str, Any]:
        job = page.call("job.start", activity="load-profile", serial=SERIAL, **asked)
        page.until(lambda state: state["job"]["id"] == job["id"] and state["job"]["state"] in ("done", "failed"), 120)
        assert page.state["job"]["state"] == "done", page.state["job"]
        return dict(page.call("job.view", job=job["id"]))

    assert fetch(info=True)["result"]["kind"] == "sheet"
    assert page.call("meter.card", serial=SERIAL)["last_profile_row"] is None
    for first, last, code in (
        ("2026-02-31", None, "bad-input"),
        ("yesterday", None, "bad-input"),
        ("2999-01-01", None, "bad-range"),
        ("2026-02-02", "2026-02-01", "bad-range"),
    ):
        refused = page.request("job.start", activity="load-profile", serial=SERIAL, first=first, last=last)
        assert refused["error"]["data"]["code"] == code
    view = fetch()
    shown, job = view["result"], view["job"]
    assert shown["rows"] == job["rows"] > 1000
    assert shown["channels"] == ["Active Forward", "Reactive Forward"]
    with httpx.Client(base_url=demo.origin, follow_redirects=True) as own:
        own.get(demo.url)
        columns = own.get(f"/jobs/{job['id']}/rows.json").json()
        assert len(columns["times"]) == len(columns["status"]) == len(columns["values"][0]) == job["rows"]
        assert own.get(f"/jobs/{job['id']}.csv").text.count("\r\n") == job["rows"] + 1
    assert "_LoadProfile_" in page.call("job.save_csv", job=job["id"])["path"]
    assert page.call("meter.card", serial=SERIAL)["last_profile_row"] == shown["last"]
    assert fetch()["result"]["rows"] <= 1, "a row may have been captured meanwhile"


def test_everything_stops_and_starts_again(demo: Demo) -> None:
    family = demo.family()
    port = int(demo.origin.rsplit(":", 1)[1])
    assert len(family) > 1
    demo.stop()
    assert demo.process is not None and demo.process.returncode == 0
    assert psutil.wait_procs(family, 5)[1] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the port is still open"
    before = demo.origin
    demo.start()
    assert demo.origin == before


def test_killed_after_saved_it_syncs_once(demo: Demo) -> None:
    page = Page(demo)
    log_in(page)
    connect(page)
    job = read(page)
    demo.kill()
    demo.start()
    page = Page(demo)
    page.until(lambda state: [row["id"] for row in state["pending"]] == [job])
    page.call("session.login", username="claudio.silva", password="bird-2026")
    page.until(lambda state: state["pending"] == [])
    page.request("sync.run")
    assert report(demo, "/reports/mobile-work-orders.csv").count(SERIAL) == 1


def test_killed_in_the_middle_of_a_load_profile_it_goes_on(demo: Demo) -> None:
    page = Page(demo)
    log_in(page)
    connect(page)
    job = page.call("job.start", activity="load-profile", serial=SERIAL)["id"]
    page.until(lambda state: (state["job"]["step"] or {}).get("name") == "readrows")
    demo.kill()
    demo.start()
    page = Page(demo)
    state = page.until(lambda state: [row["id"] for row in state["pending"]] == [job])
    assert (state["pending"][0]["state"], state["pending"][0]["resumable"]) == ("interrupted", True)
    log_in(page)
    connect(page)
    assert page.call("job.resume", job=job)["id"] == job
    page.until(lambda state: state["job"]["id"] == job and state["job"]["state"] == "done")
    assert page.call("job.view", job=job)["result"]["rows"] > 1000
    assert page.request("job.resume", job=job)["error"]["data"]["code"] == "nothing-to-resume"


def test_without_smm_the_outcome_waits(demo: Demo) -> None:
    page = Page(demo)
    log_in(page)
    connect(page)
    demo.smm().kill()
    read(page)
    error = page.request("sync.run")["error"]
    assert error["data"]["code"] == "smm-unreachable"
    assert len(page.state["pending"]) == 1


def test_jobs_that_make_no_sense_begin_nothing(demo: Demo) -> None:
    page = Page(demo)
    assert page.request("job.start", activity="reading", serial=SERIAL)["error"]["data"]["code"] == "not-logged-in"
    log_in(page)

    def refusal(activity: str, serial: str) -> str:
        return str(page.request("job.start", activity=activity, serial=serial)["error"]["data"]["code"])

    for serial in ("", "not a serial!", "UAA,EEDN,11200", "a' OR 1=1 --", "😀😀😀😀", "X" * 33):
        assert refusal("reading", serial) == "bad-serial"
    assert refusal("disconnect", SERIAL) == "reason-missing"
    assert refusal("prepay-config", SERIAL) == "unknown-profile"
    assert refusal("reading", "UAAEEDN99999999999") == "meter-unknown"
    assert refusal("dance", SERIAL) == "unknown-activity"
    assert refusal("credit-charge", SERIAL) == "activity-from-smm"
    assert refusal("reading", SERIAL) == "link-not-connected"
    connect(page)
    other = page.call("job.start", activity="reading", serial="UAAEEDN11200129683")
    page.until(lambda state: state["job"]["id"] == other["id"] and state["job"]["state"] == "failed")
    assert page.state["job"]["error"]["code"] == "other-meter"
    assert page.state["job"]["error"]["params"] == {"expected": "UAAEEDN11200129683", "found": SERIAL}


def test_a_probe_is_renamed_forgotten_and_used_with_a_sign_on(demo: Demo) -> None:
    page = Page(demo)
    log_in(page)
    connect(page)
    own_name = page.state["link"]["probe"]["name"]
    page.call("link.rename", address=BIRD, name=" Bird van 12 ")
    assert page.until(lambda state: state["link"]["probe"]["name"] == "Bird van 12")["link"]["led"] == "green"
    page.call("link.connect", address=BIRD)
    page.call("link.rename", address=BIRD, name="")
    page.until(lambda state: state["link"]["state"] == "ready" and state["link"]["probe"]["name"] == own_name)
    page.call("link.external", on=True)
    page.until(lambda state: state["link"]["external_probe"])
    job = page.call("job.start", activity="reading", serial=SERIAL)
    page.until(lambda state: state["job"]["id"] == job["id"] and state["job"]["state"] == "failed")
    assert page.state["job"]["error"]["code"] == "no-answer"  # this meter waits for no sign-on
    page.call("link.external", on=False)
    page.until(lambda state: not state["link"]["external_probe"])
    read(page)
    page.call("link.forget", address=BIRD)
    state = page.until(lambda state: state["link"]["state"] == "idle")
    assert BIRD not in [probe["address"] for probe in state["link"]["found"] if probe["known"]]
    refusal = page.request("link.rename", address=BIRD, name="nobody")
    assert refusal["error"]["data"]["code"] == "probe-unknown"


def test_the_last_probe_connects_by_itself_after_a_restart(demo: Demo) -> None:
    page = Page(demo)
    log_in(page)
    connect(page)
    page.call("link.rename", address=BIRD, name="Bird van 12")
    demo.kill()
    demo.start()
    state = Page(demo).until(lambda state: state["link"]["state"] == "ready")
    assert state["link"]["probe"]["name"] == "Bird van 12"
