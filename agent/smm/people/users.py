"""Users and groups of the central system."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.group import ADMINISTRATOR_GROUP
from agent.smm.models import User
from agent.smm.people import lockout, web_sessions
from agent.smm.people.passwords import hash_password
from agent.smm.people.roles import GROUPS

CULTURES = ("es-CL", "es-ES", "en-US", "it-IT")
SHORTEST_PASSWORD = 8


@dataclass(frozen=True)
class NewUser:
    """What a user is to be; `tag` limits what is seen, `culture` is one of `CULTURES`."""

    username: str
    name: str
    group: str
    tag: str
    culture: str
    email: str
    identification: str
    time_zone: str = ""


def all_users(session: Session) -> list[User]:
    """Sorted by name."""
    return list(session.scalars(select(User).order_by(User.username)))


def get(session: Session, username: str) -> User:
    """The user of this name. Raises: InputError if there is none."""
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise InputError(code="bad-input", field=f"user {username}"[:60])
    return user


def create(session: Session, new: NewUser, password: str) -> User:
    """Adds a user. Raises: InputError for a name that is taken or a field that is not valid."""
    if session.scalar(select(User).where(User.username == new.username)) is not None:
        raise InputError(code="bad-input", field=f"user {new.username} exists")
    user = User(username=_text("name", new.username, 100), locked=False, password_hash="")
    change(user, new)
    user.password_hash = _hashed(password)
    session.add(user)
    return user


def create_first_administrator(session: Session, username: str, password: str) -> User:
    """Adds an administrator. Raises: InputError `not-the-first` if there is one, who then adds the others."""
    if session.scalar(select(User.id).where(User.group == ADMINISTRATOR_GROUP, User.locked.is_(False)).limit(1)):
        raise InputError(code="not-the-first")
    return create(session, NewUser(username, username, ADMINISTRATOR_GROUP, "", CULTURES[0], "", ""), password)


def change(user: User, new: NewUser) -> None:
    """Changes everything except the user name. Raises: InputError, and nothing is changed."""
    if new.group not in GROUPS:
        raise InputError(code="bad-input", field="group")
    if new.culture not in CULTURES:
        raise InputError(code="bad-input", field="culture")
    if new.time_zone and new.time_zone not in available_timezones():
        raise InputError(code="bad-input", field="time zone")
    name, tag = _text("full name", new.name, 100), new.tag.strip()[:50]
    user.time_zone = new.time_zone
    user.name, user.group, user.tag, user.culture = name, new.group, tag, new.culture
    user.email, user.identification = new.email.strip()[:200], new.identification.strip()[:100]


def reset_password(session: Session, user: User, password: str) -> None:
    """Ends the user's sessions too, and a wait after wrong passwords. Raises: InputError if it is too short."""
    user.password_hash = _hashed(password)
    web_sessions.end_all(session, user)
    lockout.forget(session, user.username)


def lock(session: Session, user: User, *, locked: bool) -> None:
    """Locks or unlocks a user. The sessions of a locked user end."""
    user.locked = locked
    if locked:
        web_sessions.end_all(session, user)


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= 200:
        raise InputError(code="bad-input", field=f"password: {SHORTEST_PASSWORD} characters at least")
    return hash_password(password)


def _text(field: str, value: str, longest: int) -> str:
    value = value.strip()
    if not 1 <= len(value) <= longest:
        raise InputError(code="bad-input", field=field)
    return value
