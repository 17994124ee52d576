"""What the agent remembers of itself, and the Birds that were used on this tablet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlite_utils import Database

from agent.store.moments import from_text, to_text


class Setting(StrEnum):
    """`CLOCK_DRIFT` is tablet minus SMM in whole seconds; `DIRECTORY_SCOPE` is the tag that the meter
    directory was fetched for."""

    PORT = "port"
    LAUNCH_TOKEN = "launch-token"
    CULTURE = "culture"
    CLOCK_DRIFT = "clock-drift"
    LAST_SYNC = "last-sync"
    DIRECTORY_CURSOR = "directory-cursor"
    DIRECTORY_SCOPE = "directory-scope"


def get(db: Database, name: Setting) -> str | None:
    row = db.execute("SELECT value FROM settings WHERE name = ?", [name.value]).fetchone()
    return None if row is None else str(row[0])


def put(db: Database, name: Setting, value: str) -> None:
    db.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [name.value, value],
    )


def get_number(db: Database, name: Setting) -> int | None:
    text = get(db, name)
    return None if text is None else int(text)


@dataclass(frozen=True)
class KnownProbe:
    address: str
    name: str | None
    last_used: datetime


def remember_probe(db: Database, probe: KnownProbe) -> None:
    """Keeps a Bird that was connected; a name that it gave once is not forgotten."""
    db.execute(
        "INSERT INTO probes (address, name, last_used) VALUES (?, ?, ?) ON CONFLICT (address) DO UPDATE"
        " SET name = coalesce(excluded.name, name), last_used = excluded.last_used",
        [probe.address, probe.name, to_text(probe.last_used)],
    )


def known_probes(db: Database) -> list[KnownProbe]:
    """Birds that were used here, the last one first."""
    rows = db.query("SELECT address, name, last_used FROM probes ORDER BY last_used DESC, rowid DESC")
    return [KnownProbe(row["address"], row["name"], from_text(row["last_used"])) for row in rows]
