"""The probes that were used on this tablet."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from agent.store.moments import from_text, to_text


@dataclass(frozen=True)
class KnownProbe:
    """`name` is what it calls itself, `label` what the people here call it; `profile` the title of its profile."""

    address: str
    name: str | None
    last_used: datetime
    label: str | None = None
    profile: str | None = None


def remember(db: Database, probe: KnownProbe) -> None:
    """Keeps a probe that was connected; what was known of it before and is not told now stays."""
    db.execute(
        "INSERT INTO probes (address, name, last_used, profile) VALUES (?, ?, ?, ?) ON CONFLICT (address) DO UPDATE"
        " SET name = coalesce(excluded.name, name), last_used = excluded.last_used,"
        " profile = coalesce(excluded.profile, profile)",
        [probe.address, probe.name, to_text(probe.last_used), probe.profile],
    )


def rename(db: Database, address: str, label: str | None) -> bool:
    """False if it is not known here; None takes the label off."""
    return bool(db.execute("UPDATE probes SET label = ? WHERE address = ?", [label, address]).rowcount)


def forget(db: Database, address: str) -> None:
    db.execute("DELETE FROM probes WHERE address = ?", [address])


def known(db: Database) -> list[KnownProbe]:
    """The last used one first."""
    rows = db.query("SELECT * FROM probes ORDER BY last_used DESC, rowid DESC")
    return [
        KnownProbe(row["address"], row["name"], from_text(row["last_used"]), row["label"], row["profile"])
        for row in rows
    ]
