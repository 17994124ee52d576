"""Keys of one meter, from the file that the command line names."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from agent.domain.errors import InputError


@dataclass(frozen=True)
class Keys:
    """Octets; `system_title` is that of whoever uses them."""

    system_title: bytes
    encryption_key: bytes = field(repr=False)
    authentication_key: bytes = field(repr=False)
    dedicated_key: bytes | None = field(default=None, repr=False)


def read_keys(path: Path) -> Keys:
    """From a JSON file: `encryption_key`, `authentication_key`, `dedicated_key`?, `system_title`, in hex.

    Raises:
        InputError: `bad-keys`; what is in the file is never said.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Keys(**{name: bytes.fromhex(value) for name, value in content.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        raise InputError(code="bad-keys") from None
