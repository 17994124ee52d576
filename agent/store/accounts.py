"""Users who have logged in on this tablet: they may log in without SMM for as long as it has granted."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlite_utils import Database

from agent.domain.errors import LoginRefused
from agent.domain.exchange import User
from agent.store.moments import from_text, to_text

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_REMEMBER = """
INSERT INTO accounts (username, user, password_hash, offline_until) VALUES (?, ?, ?, ?)
ON CONFLICT (username) DO UPDATE SET user = excluded.user, password_hash = excluded.password_hash,
    offline_until = excluded.offline_until, refusal = NULL
"""
"""Keeps a user, the password and SMM's grant; an earlier refusal no longer counts."""


@dataclass(frozen=True)
class Account:
    """`refusal` is the code that SMM last refused this user with; None if its last answer was to let the user in."""

    user: User
    password_hash: str
    offline_until: datetime
    refusal: str | None

    def admit(self, password: str, now: datetime) -> User:
        """Lets the user in without SMM. Takes tens of milliseconds on purpose.

        Raises:
            LoginRefused: `login-wrong`, `login-grant-expired`, or the code that SMM refused the user with.
        """
        if self.refusal is not None:
            raise LoginRefused(code=self.refusal, user=self.user.username)
        if not self.knows_password(password):
            raise LoginRefused(code="login-wrong", user=self.user.username)
        if now >= self.offline_until:
            raise LoginRefused(code="login-grant-expired", user=self.user.username)
        return self.user

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
    """Keeps a user whom SMM has let in."""
    db.execute(_REMEMBER, [user.username, user.model_dump_json(), password_hash, to_text(offline_until)])


def find(db: Database, username: str) -> Account:
    """The account of a user. Raises: LoginRefused `login-never-here`."""
    for row in db.query("SELECT * FROM accounts WHERE username = ?", [username]):
        user = User.model_validate_json(row["user"])
        return Account(user, row["password_hash"], from_text(row["offline_until"]), row["refusal"])
    raise LoginRefused(code="login-never-here", user=username)


def verify_offline(db: Database, username: str, password: str, now: datetime) -> User:
    """The user, if SMM's grant allows a login on this tablet without it.

    Raises:
        LoginRefused: `login-never-here`, `login-wrong`, `login-grant-expired`, or SMM's last refusal.
    """
    return find(db, username).admit(password, now)


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
