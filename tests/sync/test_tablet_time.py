"""The tablet's clock against SMM's, and against time that never jumps."""

from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.wrappers import Response

from agent.domain.errors import InputError, LoginRefused
from agent.store import Store
from agent.sync import Sync
from agent.sync.tablet_time import RELEASED, TabletTime
from tests.store.samples import NOW, USER
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm, shown


@pytest.fixture
def time(store: Store, clock: FixedClock) -> TabletTime:
    return TabletTime(store, clock)


def refusal(time: TabletTime) -> str | None:
    """Why no meter's clock may be set by the tablet's."""
    try:
        time.require_true()
    except InputError as error:
        return error.code
    return None


def warning(time: TabletTime) -> str | None:
    said = time.warning()
    return None if said is None else said[0]


def test_a_clock_of_which_nothing_is_known_is_believed(time: TabletTime) -> None:
    assert (time.drift_s, time.warning(), refusal(time), time.now()) == (None, None, None, NOW)


@pytest.mark.parametrize(
    ("drift", "warns", "refuses"), [(5, False, False), (-60, False, False), (61, False, True), (-121, True, True)]
)
def test_a_measured_drift(time: TabletTime, drift: int, warns: bool, refuses: bool) -> None:
    time.measured(drift)
    assert time.now() == NOW - timedelta(seconds=drift)
    assert warning(time) == ("tablet-clock-off" if warns else None)
    assert refusal(time) == ("tablet-clock-off" if refuses else None)


@pytest.mark.parametrize("jump", [timedelta(days=-40), timedelta(seconds=61), timedelta(days=3650)])
def test_a_clock_that_is_set_during_the_run(time: TabletTime, clock: FixedClock, jump: timedelta) -> None:
    clock.seconds += 100
    clock.at += timedelta(seconds=100) + jump
    assert (warning(time), refusal(time)) == ("tablet-clock-jumped",) * 2
    assert time.now() == NOW + timedelta(seconds=100), "time goes on as it did"


def test_a_jump_after_a_measurement_adds_to_the_drift(time: TabletTime, clock: FixedClock) -> None:
    time.measured(30)
    clock.at += timedelta(seconds=3695)
    assert time.warning() == ("tablet-clock-off", {"seconds": 3725})
    time.measured(3)
    assert (time.warning(), time.drift_s) == (None, 3), "it is right now"


def test_a_clock_that_is_put_right_during_the_run_is_no_jump_to_warn_of(time: TabletTime, clock: FixedClock) -> None:
    time.measured(3600)
    clock.at -= timedelta(seconds=3600)
    assert (time.warning(), refusal(time)) == (None, None)


async def test_time_is_not_taken_back_over_a_restart(store: Store, clock: FixedClock, time: TabletTime) -> None:
    clock.seconds, clock.at = 600, NOW + timedelta(seconds=600)
    await time.keep()
    clock.at = NOW - timedelta(days=40)
    again = TabletTime(store, clock)
    assert again.now() == NOW + timedelta(seconds=600)
    assert (warning(again), refusal(again)) == ("tablet-clock-past",) * 2


async def test_a_measurement_sets_right_what_a_clock_ahead_has_kept(store: Store, clock: FixedClock) -> None:
    clock.at = NOW + timedelta(days=3650)
    ahead = TabletTime(store, clock)
    await ahead.keep()
    ahead.measured(3650 * 86_400)
    await ahead.keep()
    clock.at = NOW
    again = TabletTime(store, clock)
    again.measured(0)
    assert again.now() == NOW


def test_a_clock_before_the_program_is_wrong(store: Store, clock: FixedClock) -> None:
    clock.at = datetime(2000, 1, 1, tzinfo=UTC)
    time = TabletTime(store, clock)
    assert (warning(time), time.now()) == ("tablet-clock-past", RELEASED)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(days=40)])
async def test_a_clock_set_back_prolongs_no_offline_grant(
    sync: Sync, smm: SmallSmm, clock: FixedClock, back: timedelta
) -> None:
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda _request: Response("", 503)
    clock.seconds = 7 * 86_400
    clock.at = NOW + timedelta(seconds=clock.seconds) - back
    with pytest.raises(LoginRefused) as refused:
        await sync.session.login(USER.username, PASSWORD)
    assert refused.value.code == "login-grant-expired"


async def test_the_state_warns(sync: Sync, smm: SmallSmm) -> None:
    smm.ahead = timedelta(hours=1)
    await sync.session.login(USER.username, PASSWORD)
    assert shown(sync) == (True, False, None)
    assert sync.state.clock is not None
    assert (sync.state.drift_s, sync.state.clock.params) == (-3600, {"seconds": -3600})
