"""What a simulated meter has done, in order, on disk before it answers; it survives the meter's restart.

One JSON object a line: what was done, when by the meter's clock, and the meter's whole state after it. An incomplete
last line does not count: the meter never answered for it.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.domain.errors import InputError

State = Mapping[str, Any]
CHARGE = "charge"


class Ledger:
    """In memory without a file.

    Raises:
        InputError: the file is not a ledger, or cannot be read or created.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._end = 0
        self.entries: list[dict[str, Any]] = [] if file is None else self._read(file)

    @property
    def state(self) -> State | None:
        """The meter's state after the last entry; None for a new meter."""
        found: State | None = self.entries[-1]["state"] if self.entries else None
        return found

    @property
    def charges(self) -> Counter[tuple[str | None, int]]:
        """How often each charge was applied, by the token's id in hex (None without a token) and its amount in Wh."""
        applied = (entry for entry in self.entries if entry["kind"] == CHARGE)
        return Counter((entry["token"], entry["amount"]) for entry in applied)

    @property
    def used_tokens(self) -> list[str]:
        """Ids of all tokens that were ever applied, in hex, oldest first."""
        return [entry["token"] for entry in self.entries if entry["kind"] == CHARGE and entry["token"] is not None]

    def add(self, kind: str, at: datetime, state: State, **facts: Any) -> None:
        """Adds an entry; on disk when it returns.

        Raises:
            OSError: it could not be written, and does not count.
        """
        entry = {"kind": kind, "at": at.isoformat(), **facts, "state": dict(state)}
        if self._file is not None:
            self._append(self._file, json.dumps(entry).encode() + b"\n")
        self.entries.append(entry)

    def count(self, kind: str) -> int:
        """How many entries of that kind there are."""
        return sum(entry["kind"] == kind for entry in self.entries)

    def _append(self, file: Path, line: bytes) -> None:
        """After the last complete line, replacing an incomplete one."""
        with file.open("rb+") as opened:
            opened.seek(self._end)
            opened.truncate()
            opened.write(line)
            opened.flush()
            os.fsync(opened.fileno())
        self._end += len(line)

    def _read(self, file: Path) -> list[dict[str, Any]]:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            content = file.read_bytes()
            self._end = content.rfind(b"\n") + 1
            found = [json.loads(line) for line in content[: self._end].splitlines()]
            if not all({"kind", "at", "state"} <= set(entry) for entry in found):
                raise ValueError
        except (OSError, ValueError, TypeError):
            raise InputError(code="bad-input", field=f"ledger {file}"[:200]) from None
        return found
