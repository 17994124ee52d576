"""Password check of pages and tablets alike, with the lockout."""

from datetime import datetime

from sqlalchemy import select

from agent.smm import audit
from agent.smm.database import Database
from agent.smm.models import User
from agent.smm.people import lockout
from agent.smm.people.passwords import is_right


def check(database: Database, username: str, password: str, address: str, now: datetime) -> User | None:
    """The user, who may be locked; None for a wrong name or password.

    Hashing is slow on purpose, and so runs outside any transaction.

    Raises:
        TooManyAttempts: the password was not checked.
    """
    with database.begin() as session:
        lockout.count_attempt(session, username, address, now)
        user = session.scalar(select(User).where(User.username == username))
    right = is_right(password, None if user is None else user.password_hash) and user is not None
    with database.begin() as session:
        if right:
            lockout.forget(session, username, address)
        else:
            audit.note(session, username, "login-wrong", "")
    return user if right else None
