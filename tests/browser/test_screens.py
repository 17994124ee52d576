"""Every screen in every state, from a scripted agent: fits, can be hit with a glove, and one next step each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from agent.api.app import PAGE
from tests.browser.conftest import LANDSCAPE, PORTRAIT
from tests.webui.scenes import SCENES
from tests.webui.scenes.scene import Scene
from tests.webui.stage import Script, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenPage = Callable[..., Page]

SMALL_TARGETS = """() => [...document.querySelectorAll('button, a, input, [role=radio], [role=checkbox]')]
  .filter((one) => one.checkVisibility() && !(one.matches('input') && one.closest('.input')))
  .map((one) => ({ box: one.getBoundingClientRect(), html: one.outerHTML.slice(0, 120) }))
  .filter(({ box }) => box.width < 55.5 || box.height < 55.5)
  .map(({ box, html }) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
WIDER_THAN_THE_WINDOW = """() => [...document.querySelectorAll('html, main, .body, .col, .dialog')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.scrollWidth} > ${one.clientWidth} ${one.className || one.tagName}`)"""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if not (PAGE / "index.html").exists():
        pytest.skip("the page is not built")
    running = Stage()
    yield running
    running.close()


def opened(stage: Stage, open_page: OpenPage, scene: Scene, viewport: dict[str, int]) -> tuple[Page, Script]:
    script = stage.play(scene.play())
    page = open_page(f"{stage.url}{scene.place}", viewport)
    page.locator("main .actions, .app--bare").first.wait_for()
    scene.act(page)
    page.evaluate("document.fonts.ready")
    return page, script


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_screen(stage: Stage, open_page: OpenPage, output: Path, scene: Scene, viewport: dict[str, int]) -> None:
    page, _ = opened(stage, open_page, scene, viewport)
    page.screenshot(path=output / f"page-{scene.name}-{viewport['width']}.png", animations="disabled")
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.locator(".btn--go").count() == scene.go_keys
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    found: list[Any] = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
