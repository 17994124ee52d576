"""Prepayment profiles that SMM lets technicians choose from."""

from sqlite_utils import Database

from agent.domain.errors import InputError
from agent.domain.exchange import PrepayProfileMessage


def replace(db: Database, profiles: list[PrepayProfileMessage]) -> None:
    db.execute("DELETE FROM prepay_profiles")
    for profile in profiles:
        db.execute(
            "INSERT OR REPLACE INTO prepay_profiles (name, profile) VALUES (?, ?)",
            [profile.name, profile.model_dump_json()],
        )


def names(db: Database) -> list[str]:
    return [row["name"] for row in db.query("SELECT name FROM prepay_profiles ORDER BY name")]


def get(db: Database, name: str) -> PrepayProfileMessage:
    """Raises: InputError `unknown-profile`."""
    for row in db.query("SELECT profile FROM prepay_profiles WHERE name = ?", [name]):
        return PrepayProfileMessage.model_validate_json(row["profile"])
    raise InputError(code="unknown-profile", name=name)
