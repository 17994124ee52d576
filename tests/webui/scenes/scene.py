"""What a scene is, and how one is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from agent.api.jobs import JobList
from tests.webui.fixtures import card, state
from tests.webui.stage import Reply, Script

Act = Callable[[Page], object]


@dataclass(frozen=True)
class Scene:
    """`place` is the address; `play` makes the script anew; `act` presses; `go_keys` is how many next steps there are:
    one, but none while a job runs."""

    name: str
    place: str
    play: Callable[[], Script]
    act: Act = lambda _: None
    go_keys: int = 1


def script(replies: Mapping[str, Reply] | None = None, **parts: object) -> Script:
    """`parts` of the state, and what the agent answers beyond a meter that it knows."""
    usual: dict[str, Reply] = {"meter.card": card(), "job.history": JobList(jobs=[])}
    return Script(state(**parts), {**usual, **(replies or {})})


def visible(testid: str) -> Act:
    return lambda page: page.get_by_test_id(testid).first.wait_for()


def presses(*testids: str) -> Act:
    def act(page: Page) -> None:
        for testid in testids:
            page.get_by_test_id(testid).click()

    return act
