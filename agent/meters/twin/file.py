"""Twins on disk: read with words for whatever else the file may be, written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from agent.domain.errors import InputError, StoreError
from agent.meters.twin.model import Twin
from agent.meters.twin.text import parse_twin

LARGEST_FILE = 64 << 20


def read_twin(file: Path) -> Twin:
    """The twin in the file.

    Raises:
        InputError: `bad-twin`, `twin-too-new`; `bad-input`, the file cannot be read.
    """
    return parse_twin(read_text(file))


def read_text(file: Path) -> str:
    """What is in the file; what is no UTF-8 shows as such.

    Raises:
        InputError: `bad-input`, it cannot be read.
    """
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(code="bad-input", field=file.name[:60])
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        raise InputError(code="bad-input", field=file.name[:60]) from None


def write_twin(file: Path, text: str) -> None:
    """Writes the file beside its place, and moves it there when it is whole.

    Raises:
        StoreError: it could not be written; what was there before still is.
    """
    fresh = file.with_name(file.name + ".part")
    try:
        with fresh.open("w", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise StoreError(str(error)) from error
