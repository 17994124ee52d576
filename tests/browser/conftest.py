"""A real browser on a real demo."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests import browsers
from tests.demo import Demo

LANDSCAPE = {"width": 1280, "height": 800}
PORTRAIT = {"width": 800, "height": 1280}


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Ends with this folder: its event loop must not run in the tests that come after."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    how = browsers.find()
    if how is None:
        pytest.skip("no Chromium-family browser is installed, and none could be")
    launched = playwright.chromium.launch(args=browsers.launch_arguments(), **how)
    yield launched
    launched.close()


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.setenv("EPLUS_CSV_FOLDER", str(tmp_path / "csv"))
    running = Demo(tmp_path / "data").start()
    yield running
    running.stop()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page in a profile of its own. What the page logs as an error fails the test."""
    contexts: list[Any] = []
    errors: list[str] = []

    def opened(url: str, viewport: dict[str, int] = LANDSCAPE) -> Page:
        # Without motion, so that colours are looked at when they are what they are going to be.
        context = browser.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]}, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(20_000)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []
