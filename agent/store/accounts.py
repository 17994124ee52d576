"""Users that logged in on this tablet, so that they may log in without SMM for as long as it granted."""

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


@dataclass(frozen=True)
class Account:
    """`refusal` is the code that SMM last refused this user with; None where it let the user in."""

    user: User
    password_hash: str
    offline_until: datetime
    refusal: str | None

    def admit(self, password: str, now: datetime) -> User:
        """Lets the user in without SMM. Takes tens of milliseconds, by intention.

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
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return _hasher().verify(self.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def hash_password(password: str) -> str:
    """Argon2id hash with its own salt. Takes tens of milliseconds, by intention."""
    return _hasher().hash(password)


def remember(db: Database, user: User, password_hash: str, offline_until: datetime) -> None:
    """Keeps a user whom SMM let in."""
    db.execute(
        "INSERT INTO accounts (username, user, password_hash, offline_until) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (username) DO UPDATE SET user = excluded.user, password_hash = excluded.password_hash,"
        " offline_until = excluded.offline_until, refusal = NULL",
        [user.username, user.model_dump_json(), password_hash, to_text(offline_until)],
    )


def find(db: Database, username: str) -> Account:
    """Raises: LoginRefused `login-never-here`."""
    for row in db.query("SELECT * FROM accounts WHERE username = ?", [username]):
        user = User.model_validate_json(row["user"])
        return Account(user, row["password_hash"], from_text(row["offline_until"]), row["refusal"])
    raise LoginRefused(code="login-never-here", user=username)


def verify_offline(db: Database, username: str, password: str, now: datetime) -> User:
    """The user, if SMM's grant still lets them in here without it.

    Raises:
        LoginRefused: `login-never-here`, `login-wrong`, `login-grant-expired`, or SMM's last refusal.
    """
    return find(db, username).admit(password, now)


def refuse(db: Database, username: str, code: str) -> None:
    """Notes that SMM does not let this user in, so that nobody goes round it offline."""
    db.execute("UPDATE accounts SET refusal = ? WHERE username = ?", [code, username])


def forget(db: Database, username: str) -> None:
    db.execute("DELETE FROM accounts WHERE username = ?", [username])


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()
