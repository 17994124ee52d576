"""What the agent remembers of itself."""

from enum import StrEnum

from sqlite_utils import Database


class Setting(StrEnum):
    """`CLOCK_DRIFT` is tablet minus SMM in whole seconds; `DIRECTORY_SCOPE` is the tag that the meter
    directory was fetched for; `SMM_EPOCH` is the last one that SMM told."""

    PORT = "port"
    LAUNCH_TOKEN = "launch-token"
    CULTURE = "culture"
    CLOCK_DRIFT = "clock-drift"
    LAST_SYNC = "last-sync"
    DIRECTORY_CURSOR = "directory-cursor"
    DIRECTORY_SCOPE = "directory-scope"
    SMM_EPOCH = "smm-epoch"
    EXTERNAL_PROBE = "external-probe"


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
