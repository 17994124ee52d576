"""The vectors as they stand in the TOML files of this folder."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
KINDS = ("readouts", "profiles", "notifications", "associations")


def cases(kind: str) -> list[dict[str, Any]]:
    """Those of one file."""
    found: list[dict[str, Any]] = tomllib.loads((FOLDER / f"{kind}.toml").read_text("utf-8"))["case"]
    return found


def each(kind: str) -> pytest.MarkDecorator:
    """A test for each case of one file, under its name."""
    return pytest.mark.parametrize("case", cases(kind), ids=lambda case: case["name"])


def octets(text: str) -> bytes:
    """Hex, with spaces and line ends anywhere."""
    return bytes.fromhex("".join(text.split()))
