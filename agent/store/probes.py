"""The probes that were used on this tablet."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from agent.store.moments import from_text, to_text

_REMEMBER = """
INSERT INTO probes (address, name, last_used, profile) VALUES (?, ?, ?, ?)
ON CONFLICT (address) DO UPDATE SET name = coalesce(excluded.name, name), last_used = excluded.last_used,
    profile = coalesce(excluded.profile, profile)
"""
"""Keeps a probe and when it was used; an unknown name or profile does not replace a known one."""


@dataclass(frozen=True)
class KnownProbe:
    """`name` is what the probe calls itself, `label` what its users call it, `profile` the title of its profile."""

    address: str
    name: str | None
    last_used: datetime
    label: str | None = None
    profile: str | None = None


def remember(db: Database, probe: KnownProbe) -> None:
    """Keeps a probe that was connected. A name or profile known from before stays if there is none now."""
    db.execute(_REMEMBER, [probe.address, probe.name, to_text(probe.last_used), probe.profile])


def rename(db: Database, address: str, label: str | None) -> bool:
    """Labels a probe; None removes its label. Returns False if there is no such probe."""
    return bool(db.execute("UPDATE probes SET label = ? WHERE address = ?", [label, address]).rowcount)


def forget(db: Database, address: str) -> None:
    """Removes a probe from the list."""
    db.execute("DELETE FROM probes WHERE address = ?", [address])


def known(db: Database) -> list[KnownProbe]:
    """All probes, the last used one first."""
    rows = db.query("SELECT * FROM probes ORDER BY last_used DESC, rowid DESC")
    return [
        KnownProbe(row["address"], row["name"], from_text(row["last_used"]), row["label"], row["profile"])
        for row in rows
    ]
