"""Serial numbers of meters, as printed on the name plate: each maker has its own form."""

import re

from agent.domain.errors import InputError

SERIAL_PATTERN = r"[A-Z0-9](?:[A-Z0-9 ./_-]{0,30}[A-Z0-9])?"
_SERIAL = re.compile(SERIAL_PATTERN)


def parse_serial(text: str) -> str:
    """The serial number in capitals, without spaces around it.

    Raises:
        InputError: `bad-serial`; it is not 1 to 32 letters and digits, with spaces, `.`, `/`, `_` and `-` between them.
    """
    serial = text.strip().upper()
    if not is_serial(serial):
        raise InputError(code="bad-serial", serial=text.strip()[:40])
    return serial


def is_serial(text: str) -> bool:
    """Whether it is a serial number as `parse_serial` gives it."""
    return _SERIAL.fullmatch(text) is not None
