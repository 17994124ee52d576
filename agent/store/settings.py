"""Single values that the agent keeps."""

from enum import StrEnum

from sqlite_utils import Database

_PUT = "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
"""Sets a value, or replaces it."""


class Setting(StrEnum):
    """`CLOCK_DRIFT` is tablet minus SMM in whole seconds; `DIRECTORY_SCOPE` is the tag that the meter directory was
    fetched for; `SMM_EPOCH` changes when SMM is restored from a backup. `SMM_RECEIPT_KEY` and `SMM_PARCEL_KEY` are
    SMM's public keys (raw, in hex), learned once: one signs its receipts, to the other is sealed what is exported.
    `LATEST_TIME` is the latest that was true."""

    PORT = "port"
    LAUNCH_TOKEN = "launch-token"
    CULTURE = "culture"
    CLOCK_DRIFT = "clock-drift"
    LATEST_TIME = "latest-time"
    LAST_SYNC = "last-sync"
    DIRECTORY_CURSOR = "directory-cursor"
    DIRECTORY_SCOPE = "directory-scope"
    SMM_EPOCH = "smm-epoch"
    SMM_RECEIPT_KEY = "smm-receipt-key"
    SMM_PARCEL_KEY = "smm-parcel-key"
    EXTERNAL_PROBE = "external-probe"


def get(db: Database, name: Setting) -> str | None:
    """The value of a setting; None if it was never set."""
    row = db.execute("SELECT value FROM settings WHERE name = ?", [name.value]).fetchone()
    return None if row is None else str(row[0])


def put(db: Database, name: Setting, value: str) -> None:
    """Sets a value, in place of a former one."""
    db.execute(_PUT, [name.value, value])


def get_number(db: Database, name: Setting) -> int | None:
    """The value of a setting that is a whole number; None if it was never set, or is no number any more."""
    try:
        return int(get(db, name) or "")
    except ValueError:
        return None
