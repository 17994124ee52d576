"""Options that several commands share, and how they become dataclasses."""

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click

T = TypeVar("T")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)

DATA = click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Folder for everything kept.")
PORT = click.option("--port", type=click.IntRange(1, 65535), help="Port of the page; drawn once and kept.")
NO_WINDOW = click.option("--no-window", is_flag=True, help="Open no window and no browser.")
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
LINK = click.option(
    "--link",
    "link_url",
    required=True,
    metavar="URL",
    help="ble://ADDRESS, serial://PORT, tcp://HOST:PORT (HDLC) or tcp+wrapper://HOST:PORT; behind a gateway with "
    "?gateway=NETWORK/ADDRESS, the address as text or, in hex, 0x….",
)
MODEL = click.option("--model", default="generic", show_default=True, help="Meter model.")


def taken(kind: type[T], options: dict[str, Any]) -> T:
    """An object of this dataclass, of the options named like its fields, which leave `options`."""
    return kind(**{field.name: options.pop(field.name) for field in fields(kind)})  # type: ignore[arg-type]


def say(line: str) -> None:
    """Progress goes to stderr."""
    click.echo(line, err=True)
