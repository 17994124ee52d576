"""Users who have logged in on this tablet: they may log in without SMM for as long as it has granted."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from sqlite_utils import Database

from agent.domain.errors import LoginRefused
from agent.domain.exchange import User
from agent.store.moments import from_optional, from_text, to_text
from agent.store.store import Store

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MOST_PEOPLE = 12
"""Kept on one tablet: those whom SMM let in last."""
FREE_TRIES, MOST_TRIES = 4, 10
"""Wrong passwords in a row before each next try has to wait, and before only SMM can let the user in again."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)

_REMEMBER = """
INSERT INTO accounts (username, user, password_hash, offline_until) VALUES (?, ?, ?, ?)
ON CONFLICT (username) DO UPDATE SET user = excluded.user, password_hash = excluded.password_hash,
    offline_until = excluded.offline_until, refusal = NULL, tries = 0, wait_until = NULL
"""
"""Keeps a user, the password and SMM's grant; an earlier refusal no longer counts, nor do wrong passwords."""
_FORGET_OLDEST = """
DELETE FROM accounts
WHERE username NOT IN (SELECT username FROM accounts ORDER BY offline_until DESC, rowid DESC LIMIT ?)
"""


@dataclass(frozen=True)
class Account:
    """`refusal` is the code that SMM last refused this user with; None if its last answer was to let the user in.
    `tries` counts passwords since the last right one, `wait_until` is when the next one may be tried."""

    user: User
    password_hash: str
    offline_until: datetime
    refusal: str | None
    tries: int = 0
    wait_until: datetime | None = None

    def require_may_try(self, now: datetime) -> None:
        """Raises: LoginRefused `login-grant-expired`, `login-wait`, `login-needs-smm`, or SMM's last refusal."""
        name = self.user.username
        if self.refusal is not None:
            raise LoginRefused(code=self.refusal, user=name)
        if now >= self.offline_until:
            raise LoginRefused(code="login-grant-expired", user=name)
        if self.tries >= MOST_TRIES:
            raise LoginRefused(code="login-needs-smm", user=name)
        if self.wait_until is not None and now < self.wait_until:
            left = self.wait_until - now
            raise LoginRefused(code="login-wait", user=name, minutes=-(-left // timedelta(minutes=1)))

    def knows_password(self, password: str) -> bool:
        """Whether this is the password of the last login. Takes tens of milliseconds on purpose."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return _hasher().verify(self.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def hash_password(password: str) -> str:
    """Argon2id hash with its own salt. Takes tens of milliseconds on purpose."""
    return _hasher().hash(password)


def remember(db: Database, user: User, password_hash: str, offline_until: datetime) -> None:
    """Keeps a user whom SMM has let in; of too many, those are forgotten whose grant ends first."""
    db.execute(_REMEMBER, [user.username, user.model_dump_json(), password_hash, to_text(offline_until)])
    db.execute(_FORGET_OLDEST, [MOST_PEOPLE])


def find(db: Database, username: str) -> Account:
    """The account of a user. Raises: LoginRefused `login-never-here`."""
    for row in db.query("SELECT * FROM accounts WHERE username = ?", [username]):
        user = User.model_validate_json(row["user"])
        until, wait = from_text(row["offline_until"]), from_optional(row["wait_until"])
        return Account(user, row["password_hash"], until, row["refusal"], row["tries"], wait)
    raise LoginRefused(code="login-never-here", user=username)


async def admit_offline(store: Store, username: str, password: str, now: datetime) -> Account:
    """The account of the user, if SMM's grant allows a login on this tablet without it.

    Each try is on disk before the password is looked at, so that no restart gives more of them. `now` never goes back.

    Raises:
        LoginRefused: `login-never-here`, `login-wrong`, or as `require_may_try`.
    """
    account = await store.write(partial(_count_try, username=username, now=now))
    if not await asyncio.to_thread(account.knows_password, password):
        raise LoginRefused(code="login-wrong", user=username)
    await store.write(partial(_forget_tries, username=username))
    return account


def _count_try(db: Database, username: str, now: datetime) -> Account:
    account = find(db, username)
    account.require_may_try(now)
    tries = account.tries + 1
    until = None if tries < FREE_TRIES else to_text(now + min(_FIRST_WAIT * 2 ** (tries - FREE_TRIES), _LONGEST_WAIT))
    db.execute("UPDATE accounts SET tries = ?, wait_until = ? WHERE username = ?", [tries, until, username])
    return account


def _forget_tries(db: Database, username: str) -> None:
    db.execute("UPDATE accounts SET tries = 0, wait_until = NULL WHERE username = ?", [username])


def refuse(db: Database, username: str, code: str) -> None:
    """Keeps SMM's refusal, so that the user cannot get around it offline."""
    db.execute("UPDATE accounts SET refusal = ? WHERE username = ?", [code, username])


def forget(db: Database, username: str) -> None:
    """Removes the account: the user's next login needs SMM."""
    db.execute("DELETE FROM accounts WHERE username = ?", [username])


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()
