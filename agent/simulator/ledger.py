"""What a simulated meter has done, in order, on the disk before it answers; it outlives the meter's restart.

One JSON object a line: what was done, and the meter's whole state after it. A last line that is cut was never
answered for, and does not count.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

State = Mapping[str, Any]


class Ledger:
    """In memory without a file."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.entries: list[dict[str, Any]] = [] if file is None else _entries(file)

    @property
    def state(self) -> State | None:
        """After all that was done; None for a meter that is new."""
        found: State | None = self.entries[-1]["state"] if self.entries else None
        return found

    def add(self, kind: str, state: State, **facts: Any) -> None:
        """Returns when it is on the disk."""
        entry = {"kind": kind, **facts, "state": dict(state)}
        if self._file is not None:
            _append(self._file, json.dumps(entry) + "\n")
        self.entries.append(entry)

    def count(self, kind: str) -> int:
        """How often that was done."""
        return sum(entry["kind"] == kind for entry in self.entries)


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("rb+" if file.exists() else "wb+") as opened:
        opened.seek(_end_of_whole_lines(opened.read()))
        opened.truncate()
        opened.write(line.encode())
        opened.flush()
        os.fsync(opened.fileno())


def _entries(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    content = file.read_bytes()
    return [json.loads(line) for line in content[: _end_of_whole_lines(content)].splitlines()]


def _end_of_whole_lines(content: bytes) -> int:
    return content.rfind(b"\n") + 1
