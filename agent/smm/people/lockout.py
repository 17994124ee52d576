"""Slows down password guessing: after a few wrong ones in a row a user name, or an address, has to wait.

An attempt is counted before its password is checked, so that many at once do not get around the limit. The counts
are in the database, common to all processes.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agent.smm.models import LoginFailures

WAIT = timedelta(minutes=15)
MOST_OF_NAME, MOST_OF_ADDRESS = 5, 50


class TooManyAttempts(Exception):
    """No password is checked before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too many wrong passwords")
        self.until = until


def count_attempt(session: Session, username: str, address: str, now: datetime) -> None:
    """Counts an attempt against name and address. The transaction must end before the password is checked.

    Raises:
        TooManyAttempts: this attempt is not counted, so that the wait ends.
    """
    limits = {_of_name(username): MOST_OF_NAME, f"address {address}"[:110]: MOST_OF_ADDRESS}
    found = {row.subject: row for row in _locked(session, list(limits))}
    for subject, most in limits.items():
        row = found.get(subject)
        if row is not None and row.last_at > now - WAIT and row.count >= most:
            raise TooManyAttempts(row.last_at + WAIT)
    for subject in limits:
        row = found.get(subject)
        if row is None:
            session.add(LoginFailures(subject=subject, count=1, last_at=now))
        else:
            row.count = row.count + 1 if row.last_at > now - WAIT else 1
            row.last_at = now


def forget(session: Session, username: str, address: str = "") -> None:
    """Clears the counts: the password was right, or an administrator set a new one."""
    subjects = [_of_name(username), f"address {address}"[:110]]
    session.execute(delete(LoginFailures).where(LoginFailures.subject.in_(subjects)))


def is_waiting(session: Session, username: str, now: datetime) -> bool:
    """Whether this user's passwords are not checked now."""
    row = session.get(LoginFailures, _of_name(username))
    return row is not None and row.count >= MOST_OF_NAME and row.last_at > now - WAIT


def _locked(session: Session, subjects: list[str]) -> list[LoginFailures]:
    query = select(LoginFailures).where(LoginFailures.subject.in_(subjects)).order_by(LoginFailures.subject)
    return list(session.scalars(query.with_for_update()))


def _of_name(username: str) -> str:
    return f"user {username.lower()}"[:110]
