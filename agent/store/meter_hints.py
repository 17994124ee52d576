"""What sessions have found out about meters, for later ones: hints, which may be wrong and may be lost."""

import zlib
from base64 import b64decode, b64encode
from datetime import datetime

from sqlite_utils import Database

from agent.store.moments import to_text

MOST = 500
"""The oldest go when there are more. The largest, an object list, takes about 10 kB."""
_MOST_OCTETS = 1 << 20

_PUT = """
INSERT INTO meter_hints (name, content, kept_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET content = excluded.content, kept_at = excluded.kept_at
"""
"""Keeps a hint, in place of a former one."""

_TRIM = "DELETE FROM meter_hints WHERE name NOT IN (SELECT name FROM meter_hints ORDER BY kept_at DESC LIMIT ?)"
"""Leaves the newest."""


def get(db: Database, name: str) -> bytes | None:
    """The hint of that name; None if there is none that can be read."""
    row = db.execute("SELECT content FROM meter_hints WHERE name = ?", [name]).fetchone()
    if row is None:
        return None
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(b64decode(row[0]), _MOST_OCTETS)
    except (ValueError, zlib.error):
        return None
    return content if unpacking.eof else None


def put(db: Database, name: str, content: bytes, at: datetime) -> None:
    """Keeps a hint, in place of a former one."""
    db.execute(_PUT, [name, b64encode(zlib.compress(content)).decode(), to_text(at)])
    db.execute(_TRIM, [MOST])


def forget(db: Database, name: str) -> None:
    """Removes a hint, if there is one."""
    db.execute("DELETE FROM meter_hints WHERE name = ?", [name])
