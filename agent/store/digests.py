"""A digest with each row, so that a damaged one is known when it is read.

The writing connection renews it with triggers of its own, so that no statement can forget it. Reading connections see
each table through a view of the same name, which leaves the damaged rows out; `main.TABLE` is the table itself.
Triggers and views are temporary: they belong to the connection, not to the file.
"""

from hashlib import blake2b

from sqlite_utils import Database

_DIGEST_OCTETS = 8
_NONE = b"\xff"


def prepare(db: Database) -> None:
    """Teaches a connection the function `row_digest`. Raises: sqlite3.Error."""
    db.conn.create_function("row_digest", -1, row_digest, deterministic=True)


def row_digest(*values: bytes | None) -> str:
    """The digest of a row's values, each as the octets of its text, in hex."""
    digest = blake2b(digest_size=_DIGEST_OCTETS)
    for value in values:
        digest.update(_NONE if value is None else len(value).to_bytes(4, "big"))
        digest.update(value or b"")
    return digest.hexdigest()


def tables(db: Database) -> list[str]:
    """The tables of the file whose rows have a digest."""
    names = db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return [name for (name,) in names if "digest" in _columns(db, name)]


def is_intact(db: Database, table: str) -> str:
    """The condition (SQL) that a row of the table is as it was written."""
    return f"{_expression(db, table)} IS digest"


def add_triggers(db: Database) -> None:
    """From now on, this connection renews the digest of each row that it writes, and writes over no damaged one:
    that fails as an error of the file, which is then mended."""
    for table in tables(db):
        renewed = f"UPDATE {table} SET digest = {_expression(db, table, 'NEW.')} WHERE {_same_row(db, table)}"
        watched = ", ".join(f'"{column}"' for column in content_columns(db, table))
        for event in ("INSERT", f"UPDATE OF {watched}"):
            name = f"digest_{table}_{event[:6].lower()}"
            db.execute(f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{table} BEGIN {renewed}; END")
        damaged = f"{_expression(db, table, 'OLD.')} IS NOT OLD.digest"
        db.execute(
            f"CREATE TEMP TRIGGER damaged_{table} BEFORE UPDATE OF {watched} ON main.{table} WHEN {damaged} "
            "BEGIN SELECT RAISE(ABORT, 'a row is damaged'); END"
        )


def add_views(db: Database) -> None:
    """From now on, this connection reads only rows that are intact."""
    for table in tables(db):
        columns = ", ".join(f'"{column}"' for column in content_columns(db, table))
        db.execute(f"CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table} WHERE {is_intact(db, table)}")


def renew_all(db: Database) -> None:
    """Gives every row its digest: part of a step of the schema that adds or changes columns."""
    for table in tables(db):
        db.execute(f"UPDATE main.{table} SET digest = {_expression(db, table)}")


def content_columns(db: Database, table: str) -> list[str]:
    """The columns that the digest covers, in their order."""
    return [column for column in _columns(db, table) if column != "digest"]


def key_columns(db: Database, table: str) -> list[str]:
    """The columns of the primary key."""
    return [row[1] for row in db.execute(f"PRAGMA main.table_info({table})") if row[5]]


def _columns(db: Database, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]


def _expression(db: Database, table: str, of: str = "") -> str:
    """As octets: a text that is damaged is perhaps no text any more."""
    values = ", ".join(f'CAST({of}"{column}" AS BLOB)' for column in content_columns(db, table))
    return f"row_digest({values})"


def _same_row(db: Database, table: str) -> str:
    if not _has_no_rowid(db, table):
        return "rowid = NEW.rowid"
    return " AND ".join(f'"{column}" = NEW."{column}"' for column in key_columns(db, table))


def _has_no_rowid(db: Database, table: str) -> bool:
    return any(row[1] == table and row[4] for row in db.execute("PRAGMA main.table_list"))
