"""Load profiles: a year of four channels with gaps and flags, a week, and none at all."""

import math
from functools import partial

from playwright.sync_api import Page

from agent.api.load_profiles import ProfileColumns, ProfileView
from agent.domain.activity import Activity
from tests.webui.fixtures import NOW, POD, SERIAL, at, view
from tests.webui.scenes.scene import Scene, script, visible
from tests.webui.stage import Script

CHANNELS = ["Active Forward", "Reactive Forward", "Active Reverse", "Reactive Reverse"]
UNITS: list[str | None] = ["Wh", "varh", "Wh", "varh"]
PERIOD, DAY, YEAR_ROWS = 900, 86_400, 35_040
NEWEST = int(NOW.timestamp()) // PERIOD * PERIOD
GAP_ROWS, FLAGGED_ROWS = 31, 12


def columns(rows: int, channels: int) -> ProfileColumns:
    """Three days ago 31 rows are missing, and 12 soon after have a doubtful clock."""
    times = [NEWEST - PERIOD * n for n in reversed(range(rows + GAP_ROWS))]
    gap = len(times) - 3 * 96
    del times[gap : gap + GAP_ROWS]
    flags = range(gap + 4, gap + 4 + FLAGGED_ROWS)
    return ProfileColumns(
        times=list(times),
        status=[2 if n in flags else 0 for n in range(rows)],
        values=[[_energy(time, channel) for time in times] for channel in range(channels)],
    )


def _energy(time: int, channel: int) -> float:
    """A morning and an evening peak, in each channel at its own hours."""
    hour = (time / 3600 + 1.5 * channel) % 24
    peaks = math.exp(-(((hour - 8) / 1.5) ** 2)) + 2 * math.exp(-(((hour - 20) / 2) ** 2))
    return round((40 + 150 * peaks + 12 * math.sin(time / 7000)) / (channel + 1), 1)


def profile(rows: int, channels: int, *warnings: str) -> ProfileView:
    return ProfileView(
        serial=SERIAL,
        pod=POD,
        channels=CHANNELS[:channels],
        units=UNITS[:channels],
        capture_period_s=PERIOD,
        rows=rows,
        first=at(-rows * PERIOD) if rows else None,
        last=at() if rows else None,
        warnings=list(warnings),
    )


def play(rows: int, channels: int, *warnings: str) -> Script:
    played = script({"job.view": view(Activity.LOAD_PROFILE, profile(rows, channels, *warnings))})
    played.rows = columns(rows, channels) if rows else None
    return played


def drawn(page: Page) -> None:
    page.locator("[data-testid=plot] canvas").wait_for()


def in_table(page: Page) -> None:
    drawn(page)
    page.get_by_test_id("profile-table-key").click()
    page.get_by_test_id("profile-table").evaluate("one => one.scrollTo(0, one.scrollHeight - 44 * 262)")
    page.get_by_text(f"{GAP_ROWS} ").first.wait_for()


def all_channels(page: Page) -> None:
    drawn(page)
    for channel in (1, 2, 3):
        page.get_by_test_id(f"channel-{channel}").click()
    page.locator("[data-testid=plot] .u-over").hover()


def whole_year(page: Page) -> None:
    drawn(page)
    page.get_by_test_id("span.all").click()


PLACE = "#resultado/load-profile-done/trabajo"
YEAR = partial(play, YEAR_ROWS, 4)

PROFILE = [
    Scene("07-load-profile", PLACE, partial(play, 672, 2), drawn),
    Scene("07-load-profile-warnings", PLACE, partial(play, 672, 2, "rows-set-aside", "rows-without-time"), drawn),
    Scene("07-load-profile-year", PLACE, YEAR, whole_year),
    Scene("07-load-profile-year-week", PLACE, YEAR, all_channels),
    Scene("07-load-profile-table", PLACE, YEAR, in_table),
    Scene("07-load-profile-none", PLACE, partial(play, 0, 4), visible("result")),
]
