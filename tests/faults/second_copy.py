"""What stands in a tablet's second copy, read by the description of its format alone.

A line is a digest, a space, and `{"table": …, "row": …}` as JSON; the last line of a row counts, column by column.
"""

import importlib.util
import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

FILE_NAME = "eplus.copy"
IS_KEPT = importlib.util.find_spec("agent.store.copy") is not None
"""Whether this program keeps one at all."""

_DIGEST_OCTETS = 8
_KEYS = {"outbox": "key", "attempts": "job", "jobs": "id"}
_WHOLE = {"outbox": "envelope", "attempts": "evidence", "jobs": "activity"}

Row = dict[str, Any]


def rows(folder: Path, table: str) -> dict[str, Row]:
    """The intact rows of a table by key; none where there is no copy."""
    file = folder / FILE_NAME
    found: dict[str, Row] = {}
    for line in file.read_bytes().split(b"\n") if file.exists() else ():
        digest, _, text = line.partition(b" ")
        if digest and digest == blake2b(text, digest_size=_DIGEST_OCTETS).hexdigest().encode():
            record = json.loads(text)
            if record["table"] == table:
                row = record["row"]
                found[row[_KEYS[table]]] = {**found.get(row[_KEYS[table]], {}), **row}
    return {key: row for key, row in found.items() if _WHOLE[table] in row}
