"""Users and groups of the central system."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.domain.sample import ADMINISTRATOR_GROUP, MOBILE_GROUP, OPERATOR_GROUP
from agent.smm.models import User
from agent.smm.passwords import hash_password, is_right

GROUPS = (MOBILE_GROUP, OPERATOR_GROUP, ADMINISTRATOR_GROUP)
CULTURES = ("es-CL", "es-ES", "en-US", "it-IT")
SHORTEST_PASSWORD = 8


@dataclass(frozen=True)
class NewUser:
    username: str
    name: str
    group: str
    tag: str
    culture: str
    email: str
    identification: str


def all_users(session: Session, tag: str) -> list[User]:
    """By name; with a tag only those of it."""
    query = select(User).order_by(User.username)
    return list(session.scalars(query.where(User.tag == tag) if tag else query))


def get(session: Session, username: str) -> User:
    """Raises: InputError, there is none."""
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise InputError(code="bad-input", field=f"user {username}"[:60])
    return user


def create(session: Session, new: NewUser, password: str) -> User:
    """Raises: InputError for a name that is taken or a field that does not fit."""
    if session.scalar(select(User).where(User.username == new.username)) is not None:
        raise InputError(code="bad-input", field=f"user {new.username} exists")
    user = User(username=_text("name", new.username, 100), locked=False, password_hash="")
    change(user, new)
    set_password(user, password)
    session.add(user)
    return user


def change(user: User, new: NewUser) -> None:
    """Everything but the user name. Raises InputError; nothing is changed then."""
    if new.group not in GROUPS:
        raise InputError(code="bad-input", field="group")
    if new.culture not in CULTURES:
        raise InputError(code="bad-input", field="culture")
    name, tag = _text("full name", new.name, 100), new.tag.strip()[:50]
    user.name, user.group, user.tag, user.culture = name, new.group, tag, new.culture
    user.email, user.identification = new.email.strip()[:200], new.identification.strip()[:100]


def set_password(user: User, password: str) -> None:
    """Raises: InputError for one that is too short."""
    if not SHORTEST_PASSWORD <= len(password) <= 200:
        raise InputError(code="bad-input", field=f"password: {SHORTEST_PASSWORD} characters at least")
    user.password_hash = hash_password(password)


def with_password(session: Session, username: str, password: str) -> User | None:
    """The user, if the password is right and nobody locked it."""
    user = session.scalar(select(User).where(User.username == username))
    right = is_right(password, None if user is None else user.password_hash)
    return user if right and user is not None and not user.locked else None


def _text(field: str, value: str, longest: int) -> str:
    value = value.strip()
    if not 1 <= len(value) <= longest:
        raise InputError(code="bad-input", field=field)
    return value
