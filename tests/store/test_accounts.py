"""Users who log in without SMM."""

from datetime import timedelta
from functools import partial

from agent.domain.errors import LoginRefused
from agent.store import Store, accounts
from tests.store.samples import NOW, USER, write


def test_accounts(store: Store) -> None:
    def verify(password: str, at: timedelta = timedelta()) -> str:
        try:
            with store.read() as db:
                return accounts.verify_offline(db, USER.username, password, NOW + at).name
        except LoginRefused as refused:
            assert refused.params == {"user": USER.username}
            return refused.code

    assert verify("good") == "login-never-here"
    password_hash = accounts.hash_password("good")
    grant = NOW + timedelta(days=7)
    write(store, partial(accounts.remember, user=USER, password_hash=password_hash, offline_until=grant))
    assert verify("good") == "Mario Rossi"
    assert verify("bad") == "login-wrong"
    assert verify("good", timedelta(days=7)) == "login-grant-expired"
    assert verify("good", timedelta(days=7, seconds=-1)) == "Mario Rossi"
    write(store, lambda db: accounts.refuse(db, USER.username, "login-locked"))
    assert verify("good") == "login-locked"
    write(store, partial(accounts.remember, user=USER, password_hash=password_hash, offline_until=grant))
    assert verify("good") == "Mario Rossi"
    write(store, partial(accounts.remember, user=USER, password_hash="damaged", offline_until=grant))
    assert verify("good") == "login-wrong"
    write(store, lambda db: accounts.forget(db, USER.username))
    assert verify("good") == "login-never-here"
