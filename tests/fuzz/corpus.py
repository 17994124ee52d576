"""The kept corpus: one text file a target, an entry a line in hex, sorted."""

from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")


def read(target: str) -> list[bytes]:
    """The entries of a target; none if nothing was kept yet."""
    file = _file(target)
    return [bytes.fromhex(line) for line in file.read_text("ascii").splitlines()] if file.exists() else []


def write(target: str, entries: Iterable[bytes]) -> None:
    lines = sorted({octets.hex() for octets in entries})
    FOLDER.mkdir(exist_ok=True)
    _file(target).write_text("".join(line + "\n" for line in lines), "ascii", newline="\n")


def _file(target: str) -> Path:
    return FOLDER / f"{target}.txt"
