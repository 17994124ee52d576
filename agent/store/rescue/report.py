"""What a rescue has found, saved and lost: for technician, office and support."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.store.rescue.inspection import DatabaseState
from agent.store.rescue.shapes import Row

REPORT_FILE = "report.json"
_LONGEST = 2000


@dataclass(frozen=True)
class LostRow:
    """A job, an attempt or an envelope that is lost, with what could still be read of it.

    `text` is what is left of the row; empty for an envelope of which there is no trace but its number.
    """

    table: str
    key: str | None
    sequence: int | None
    job: str | None
    activity: str | None
    serial: str | None
    text: str


@dataclass(frozen=True)
class RescueReport:
    """`saved` counts rows by table, and `waiting` envelopes; `folder` is where the damaged files are now."""

    at: str
    database: DatabaseState
    trouble: str
    is_new_tablet: bool
    saved: Mapping[str, int]
    lost: tuple[LostRow, ...]
    folder: str | None

    def as_json(self) -> dict[str, Any]:
        """As the report file has it, and what the command prints."""
        return asdict(self)

    def write(self, folder: Path) -> None:
        """Writes the report file. Raises: OSError."""
        text = json.dumps(self.as_json(), ensure_ascii=True, indent=1)
        (folder / REPORT_FILE).write_text(text + "\n", encoding="utf-8")


def lost_row(table: str, key: Any, row: Row) -> LostRow:
    """What is known of a damaged row."""
    content = {name: _text(value) for name, value in row.items()}
    envelope = _envelope(content.get("envelope"))
    payload = envelope.get("payload")
    serial = content.get("serial") or (payload.get("serial") if isinstance(payload, dict) else None)
    sequence = row.get("sequence")
    return LostRow(
        table,
        _text(key),
        sequence if isinstance(sequence, int) and 0 < sequence < 1 << 53 else None,
        content.get("job") or (content.get("id") if table == "jobs" else None),
        content.get("activity") or _text(envelope.get("kind")),
        _text(serial),
        json.dumps(content, ensure_ascii=True)[:_LONGEST],
    )


def lost_number(sequence: int) -> LostRow:
    """An envelope of which there is no trace but its number."""
    return LostRow("outbox", None, sequence, None, None, None, "")


def _envelope(text: str | None) -> dict[str, Any]:
    try:
        content = json.loads(text or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None else str(value)
