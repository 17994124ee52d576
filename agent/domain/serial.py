"""Serial numbers of meters, as printed on the name plate."""

import re

from agent.domain.errors import InputError

_SERIAL = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")


def parse_serial(text: str) -> str:
    """The serial number in capitals, without spaces around it.

    Raises:
        InputError: `bad-serial`; it is not 4 to 32 letters, digits and hyphens, beginning with no hyphen.
    """
    serial = text.strip().upper()
    if not _SERIAL.fullmatch(serial):
        raise InputError(code="bad-serial", serial=text.strip()[:40])
    return serial
