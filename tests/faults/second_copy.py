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


def envelopes(content: bytes) -> dict[str, dict[str, Any]]:
    """The intact envelopes by key, each as the row of the outbox that it was."""
    found: dict[str, dict[str, Any]] = {}
    for line in content.split(b"\n"):
        digest, _, text = line.partition(b" ")
        if digest and digest == blake2b(text, digest_size=_DIGEST_OCTETS).hexdigest().encode():
            record = json.loads(text)
            if record["table"] == "outbox":
                row = record["row"]
                found[row["key"]] = {**found.get(row["key"], {}), **row}
    return {key: row for key, row in found.items() if "envelope" in row}


def in_folder(folder: Path) -> dict[str, dict[str, Any]]:
    """The same of a folder; empty where there is no copy."""
    file = folder / FILE_NAME
    return envelopes(file.read_bytes()) if file.exists() else {}
