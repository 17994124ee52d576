"""Keys of one meter, from a file named on the command line."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from agent.domain.errors import InputError


@dataclass(frozen=True)
class Keys:
    """Keys as octets; `system_title` is that of the client that uses them."""

    system_title: bytes
    encryption_key: bytes = field(repr=False)
    authentication_key: bytes = field(repr=False)
    dedicated_key: bytes | None = field(default=None, repr=False)


def read_keys(path: Path) -> Keys:
    """The keys in a JSON file, in hex: `encryption_key`, `authentication_key`, `system_title`, maybe `dedicated_key`.

    Raises:
        InputError: `bad-keys`; the error never shows what is in the file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Keys(**{name: bytes.fromhex(value) for name, value in content.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        raise InputError(code="bad-keys") from None
