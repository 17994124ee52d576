"""Envelopes that still stand whole in a file, though the rows around them are damaged: their signature proves them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.domain.exchange import Envelope
from agent.domain.signing import is_signed_by
from agent.store import copy
from agent.store.database import FILE_NAME
from agent.store.rescue.images import log_of
from agent.store.rescue.plausibility import is_sound
from agent.store.rescue.salvage import Saved
from agent.store.rescue.shapes import Row

_BEGINS, _SIGNATURE, _ENDS_AFTER = b'{"key": "', b'"signature": "', 128 + len(b'"}')


def carve(saved: Saved, folder: Path, signing_key: bytes | None) -> None:
    """Adds the envelopes that no intact row has; they wait. Without the tablet's key, SMM looks at the signature.

    Raises:
        OSError: a file cannot be read.
    """
    sequences = {row["sequence"] for row in saved.of("outbox").values()}
    damaged = [row["envelope"] for (table, _), row in saved.damaged.items() if table == "outbox"]
    for text in (*damaged, *_texts(folder)):
        row = _row(text)
        if row is None or row["key"] in saved.of("outbox") or row["sequence"] in sequences:
            continue
        if _is_authentic(json.loads(row["envelope"]), signing_key):
            saved.take("outbox", row)
            sequences.add(row["sequence"])


def _texts(folder: Path) -> Iterator[bytes]:
    database = folder / FILE_NAME
    for path in (database, log_of(database)):
        yield from _between(_content(path), _BEGINS, _SIGNATURE, _ENDS_AFTER)
    # In the second copy, the text stands within a text.
    begins, signature = (part.replace(b'"', b'\\"') for part in (_BEGINS, _SIGNATURE))
    for text in _between(_content(folder / copy.FILE_NAME), begins, signature, _ENDS_AFTER + 1):
        try:
            yield str(json.loads(b'"' + text + b'"')).encode()
        except ValueError:
            continue


def _between(content: bytes, begins: bytes, signature: bytes, after: int) -> Iterator[bytes]:
    for piece in content.split(begins)[1:]:
        place = piece.find(signature)
        if place >= 0:
            yield begins + piece[: place + len(signature) + after]


def _row(text: Any) -> Row | None:
    """A row of the outbox with this envelope."""
    try:
        envelope = json.loads(text)
        row = {"key": envelope["key"], "job": envelope["job"], "sequence": envelope["sequence"]}
        row |= {"envelope": text if isinstance(text, str) else text.decode(), "state": "waiting"}
    except (KeyError, TypeError, ValueError):
        return None
    return row if is_sound(row) else None


def _is_authentic(envelope: dict[str, Any], signing_key: bytes | None) -> bool:
    parsed = Envelope.model_validate(envelope)
    return signing_key is None or is_signed_by(signing_key, parsed.head(), parsed.signature)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
