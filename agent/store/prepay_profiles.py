"""Prepayment profiles that SMM lets technicians choose from."""

from sqlite_utils import Database

from agent.domain.errors import InputError
from agent.domain.exchange import PrepayProfileMessage


def replace(db: Database, profiles: list[PrepayProfileMessage]) -> None:
    """Keeps these profiles instead of all earlier ones."""
    db.execute("DELETE FROM prepay_profiles")
    for profile in profiles:
        db.execute(
            "INSERT OR REPLACE INTO prepay_profiles (name, profile) VALUES (?, ?)",
            [profile.name, profile.model_dump_json()],
        )


def names(db: Database) -> list[str]:
    """The names of all profiles, sorted."""
    return [row["name"] for row in db.query("SELECT name FROM prepay_profiles ORDER BY name")]


def get(db: Database, name: str) -> PrepayProfileMessage:
    """The profile of that name. Raises: InputError `unknown-profile`."""
    for row in db.query("SELECT profile FROM prepay_profiles WHERE name = ?", [name]):
        return PrepayProfileMessage.model_validate_json(row["profile"])
    raise InputError(code="unknown-profile", name=name)
