"""A tablet that has lost its key, in a real browser: from the page of the rescue to the login."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from agent.api.rescue.words import WORDS
from agent.config import read_settings
from agent.store import Store, outbox, read_only
from tests.api.rescue.running import Agent
from tests.store.samples import settle_new_job

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform == "win32", reason="on Windows the keyring keeps the key"),
]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    store = Store.open(tmp_path / "data")
    settle_new_job(store)
    store.close()
    (tmp_path / "data" / "vault.key").unlink()
    environment = {"EPLUS_CSV_FOLDER": str(tmp_path / "csv")}
    running = Agent(read_settings(environment, data=tmp_path / "data", smm_url="http://127.0.0.1:9"), monkeypatch)
    yield running
    running.end()


def test_a_new_tablet_by_touch(browser: Browser, agent: Agent, tmp_path: Path) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    words = WORDS["en"]
    page.goto(agent.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("identity")
    page.get_by_role("button", name=words["save"]).click()
    expect(page.get_by_role("status")).to_contain_text(str(tmp_path / "csv"))
    page.get_by_role("button", name=words["new"]).click()
    page.get_by_role("button", name=words["no"]).click()
    page.get_by_role("button", name=words["new"]).click()
    page.get_by_role("button", name=words["yes"]).click()
    expect(page.locator("input[type=password]")).to_be_visible(timeout=60_000)
    context.close()
    with read_only(tmp_path / "data") as db:
        assert [each.envelope["job"] for each in outbox.waiting(db, 10)] == ["job-1"]
