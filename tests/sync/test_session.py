"""Who is let in, with and without SMM."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from werkzeug.wrappers import Request, Response

from agent.domain.errors import LoginRefused, SmmFault
from agent.store import Store, accounts
from agent.sync import LoggedIn, SmmClient, Sync
from tests.store.samples import NOW, USER
from tests.sync.servers import PASSWORD, FixedClock, SmallSmm, problem, serving, shown


@pytest.fixture
async def out_of_reach(store: Store, clock: FixedClock) -> AsyncIterator[Sync]:
    """The same tablet where there is no network."""
    with serving(lambda _request: Response()) as url:
        pass
    async with SmmClient(url) as client:
        yield Sync(store, client, clock, "tablet")


async def refusal(sync: Sync, username: str, password: str) -> str:
    with pytest.raises(LoginRefused) as refused:
        await sync.session.login(username, password)
    assert refused.value.params == {"user": username}
    assert sync.session.user is None
    return refused.value.code


async def test_login_enrols_first_and_opens_a_session(sync: Sync, smm: SmallSmm) -> None:
    user = await sync.session.login(USER.username, PASSWORD)
    assert (user.user, user.offline, user.offline_until) == (USER, False, NOW + timedelta(days=7))
    assert smm.requests == ["POST /api/v1/devices", "POST /api/v1/sessions"]
    assert sync.session.is_open
    assert sync.state.online is True
    sync.session.logout()
    assert sync.session.user is None
    assert not sync.session.is_open


async def test_clock_drift_is_measured_and_kept(sync: Sync, smm: SmallSmm) -> None:
    smm.ahead = timedelta(seconds=90)
    await sync.session.login(USER.username, PASSWORD)
    assert sync.state.drift_s == -90
    sync.refresh()
    assert sync.state.drift_s == -90, "it is on the disk"


async def test_offline_within_the_grant(sync: Sync, out_of_reach: Sync, clock: FixedClock) -> None:
    assert await refusal(out_of_reach, USER.username, PASSWORD) == "login-never-here"
    await sync.session.login(USER.username, PASSWORD)
    user = await out_of_reach.session.login(USER.username, PASSWORD)
    assert (user.user, user.offline) == (USER, True)
    assert not out_of_reach.session.is_open
    assert out_of_reach.state.online is False
    out_of_reach.session.logout()
    assert await refusal(out_of_reach, USER.username, "other") == "login-wrong"
    clock.at, clock.seconds = NOW + timedelta(days=7), 7 * 86_400
    assert await refusal(out_of_reach, USER.username, PASSWORD) == "login-grant-expired"


async def test_a_wrong_password_online_is_never_tried_offline(sync: Sync, smm: SmallSmm) -> None:
    await sync.session.login(USER.username, PASSWORD)
    sync.session.logout()
    smm.users[USER.username] = (USER, "changed in SMM")
    assert await refusal(sync, USER.username, PASSWORD) == "login-wrong"


async def test_a_password_changed_in_smm_ends_the_offline_grant(sync: Sync, smm: SmallSmm, out_of_reach: Sync) -> None:
    await sync.session.login(USER.username, PASSWORD)
    sync.session.logout()
    assert await refusal(sync, USER.username, "a slip of the finger") == "login-wrong"
    assert (await out_of_reach.session.login(USER.username, PASSWORD)).offline
    out_of_reach.session.logout()
    smm.users[USER.username] = (USER, "changed in SMM")
    assert await refusal(sync, USER.username, PASSWORD) == "login-wrong"
    assert await refusal(out_of_reach, USER.username, PASSWORD) == "login-never-here"


@pytest.mark.parametrize("code", ["login-locked", "login-not-mobile", "device-revoked"])
async def test_whom_smm_refuses_cannot_go_on_offline(sync: Sync, smm: SmallSmm, out_of_reach: Sync, code: str) -> None:
    await sync.session.login(USER.username, PASSWORD)
    sync.session.logout()
    smm.user_refusal = code
    assert await refusal(sync, USER.username, PASSWORD) == code
    assert await refusal(out_of_reach, USER.username, PASSWORD) == code
    smm.user_refusal = None
    await sync.session.login(USER.username, PASSWORD)
    assert (await out_of_reach.session.login(USER.username, PASSWORD)).offline, "let in again by SMM"


async def test_smm_in_trouble_is_as_good_as_out_of_reach(sync: Sync, smm: SmallSmm) -> None:
    def boom(_request: Request) -> Response:
        return Response("boom", 500)

    smm.answer_instead = boom
    with pytest.raises(SmmFault):
        await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda _request: None
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = boom
    assert (await sync.session.login(USER.username, PASSWORD)).offline


@pytest.fixture
async def came_back(sync: Sync, smm: SmallSmm) -> Sync:
    """Logged in while SMM was in trouble; now it works again."""
    await sync.session.login(USER.username, PASSWORD)
    smm.answer_instead = lambda _request: Response("", 503)
    assert (await sync.session.login(USER.username, PASSWORD)).offline
    smm.answer_instead = lambda _request: None
    return sync


async def test_an_offline_session_is_renewed_without_asking_anybody(came_back: Sync) -> None:
    told: list[LoggedIn] = []
    came_back.session.on_renewed = told.append
    assert (came_back.session.can_renew, came_back.state.password_needed) == (True, False)
    renewed = await came_back.session.renew()
    assert not renewed.offline
    assert (told, came_back.session.is_open, came_back.session.can_renew) == ([renewed], True, False)


async def test_a_renewal_that_fails_asks_for_the_password_and_logs_nobody_out(came_back: Sync, smm: SmallSmm) -> None:
    smm.users[USER.username] = (USER, "changed in SMM")
    with pytest.raises(LoginRefused):
        await came_back.session.renew()
    assert came_back.session.require_user().user == USER
    assert (came_back.session.can_renew, came_back.state.password_needed) == (False, True)
    assert came_back.state.error is not None
    assert came_back.state.error.code == "login-wrong"
    with pytest.raises(LoginRefused) as refused:
        await came_back.session.renew()
    assert refused.value.code == "session-ended", "nobody was asked yet"
    await came_back.session.renew("changed in SMM")
    assert came_back.session.is_open
    assert shown(came_back) == (True, False, None)


async def test_while_smm_is_in_trouble_a_renewal_changes_nothing(came_back: Sync, smm: SmallSmm) -> None:
    smm.answer_instead = lambda _request: Response("", 503)
    with pytest.raises(SmmFault):
        await came_back.session.renew()
    assert (came_back.session.can_renew, came_back.state.password_needed) == (True, False)


async def test_a_logout_forgets_the_password(came_back: Sync) -> None:
    came_back.session.logout()
    assert not came_back.session.can_renew
    with pytest.raises(LoginRefused):
        await came_back.session.renew()
    assert PASSWORD not in repr(vars(came_back.session))


async def test_who_logs_out_during_a_renewal_stays_out(came_back: Sync, smm: SmallSmm) -> None:
    def log_out(request: Request) -> Response | None:
        if request.path.endswith("/sessions"):
            came_back.session.logout()
        return None

    smm.answer_instead = log_out
    with pytest.raises(LoginRefused):
        await came_back.session.renew()
    assert came_back.session.user is None
    assert not came_back.session.is_open


async def test_a_tablet_that_waits_for_approval(sync: Sync, smm: SmallSmm) -> None:
    smm.answer_instead = lambda _request: problem(403, "device-pending")
    assert await refusal(sync, USER.username, PASSWORD) == "device-pending"


@pytest.mark.parametrize(("username", "password"), [("", "x"), ("x", ""), ("x", "y" * 300)])
async def test_what_nobody_can_be_called(sync: Sync, smm: SmallSmm, username: str, password: str) -> None:
    assert await refusal(sync, username, password) == "login-wrong"
    assert smm.requests == []


async def test_the_password_is_kept_as_argon2id_only(sync: Sync, store: Store) -> None:
    await sync.session.login(USER.username, PASSWORD)
    with store.read() as db:
        assert accounts.find(db, USER.username).password_hash.startswith("$argon2id$")
        dump = "\n".join(db.conn.iterdump())
    assert PASSWORD not in dump
    assert "token-1" not in dump, "the session's token is in memory only"
