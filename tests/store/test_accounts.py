"""Users who log in without SMM."""

from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from agent.domain.errors import LoginRefused
from agent.domain.exchange import User
from agent.store import Store, accounts
from agent.store.accounts import FREE_TRIES, MOST_PEOPLE, MOST_TRIES
from tests.store.samples import NOW, USER, write

GRANT = NOW + timedelta(days=7)
HASH = accounts.hash_password("good")


def remember(store: Store, user: User = USER, password_hash: str = HASH, days: int = 7) -> None:
    until = NOW + timedelta(days=days)
    write(store, partial(accounts.remember, user=user, password_hash=password_hash, offline_until=until))


async def outcome(store: Store, password: str, after: timedelta = timedelta()) -> str:
    """Of a login: the user's name, or the code of the refusal."""
    try:
        return (await accounts.admit_offline(store, USER.username, password, NOW + after)).user.name
    except LoginRefused as refused:
        assert refused.params["user"] == USER.username
        return refused.code


async def test_accounts(store: Store) -> None:
    assert await outcome(store, "good") == "login-never-here"
    remember(store)
    assert await outcome(store, "good") == "Mario Rossi"
    assert await outcome(store, "bad") == "login-wrong"
    assert await outcome(store, "good", timedelta(days=7)) == "login-grant-expired"
    assert await outcome(store, "good", timedelta(days=7, seconds=-1)) == "Mario Rossi"
    write(store, lambda db: accounts.refuse(db, USER.username, "login-locked"))
    assert await outcome(store, "good") == "login-locked"
    remember(store)
    assert await outcome(store, "good") == "Mario Rossi"
    remember(store, password_hash="damaged")
    assert await outcome(store, "good") == "login-wrong"
    write(store, lambda db: accounts.forget(db, USER.username))
    assert await outcome(store, "good") == "login-never-here"


async def test_wrong_passwords_have_to_wait_and_end(tmp_path: Path) -> None:
    """Over restarts, each of which would otherwise begin to count anew."""
    after, tried = timedelta(), 0
    for number in range(40):
        with closing(Store.open(tmp_path)) as store:
            if number == 0:
                remember(store)
            told = await outcome(store, "bad", after)
            tried += told == "login-wrong"
            if told == "login-needs-smm":
                break
            if tried >= FREE_TRIES:
                assert await outcome(store, "good", after) in ("login-wait", "login-needs-smm")
            after += timedelta(minutes=4)
    assert tried == MOST_TRIES
    with closing(Store.open(tmp_path)) as store:
        assert await outcome(store, "good", timedelta(days=6)) == "login-needs-smm"
        remember(store)
        assert await outcome(store, "good") == "Mario Rossi", "let in again by SMM"


async def test_the_right_password_ends_the_count(store: Store) -> None:
    remember(store)
    for _ in range(5):
        for _ in range(FREE_TRIES - 1):
            assert await outcome(store, "bad") == "login-wrong"
        assert await outcome(store, "good") == "Mario Rossi"


async def test_how_long_to_wait_is_told(store: Store) -> None:
    remember(store)
    for _ in range(FREE_TRIES):
        await outcome(store, "bad")
    with pytest.raises(LoginRefused) as refused:
        await accounts.admit_offline(store, USER.username, "good", NOW)
    assert refused.value.params == {"user": USER.username, "minutes": 1}
    assert await outcome(store, "good", timedelta(seconds=30)) == "Mario Rossi"


def test_so_many_people_are_kept(store: Store) -> None:
    people = [USER.model_copy(update={"username": f"u{number:02}"}) for number in range(MOST_PEOPLE + 3)]
    for number, person in enumerate(people):
        remember(store, person, days=number)
    with store.read() as db:
        kept = [row["username"] for row in db.query("SELECT username FROM accounts ORDER BY username")]
    assert kept == [person.username for person in people[3:]]
