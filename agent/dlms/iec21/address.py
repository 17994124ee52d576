"""Addresses of data sets: OBIS codes (IEC 62056-6-1:2017) as readouts write them, often shortened."""

import re
from dataclasses import dataclass

_ADDRESS = re.compile(
    r"(?:(?P<medium>\d{1,3})-(?P<channel>\d{1,3}):)?"
    r"(?P<code>[0-9A-Z]{1,3}\.[0-9A-Z]{1,3}(?:\.\d{1,3})?)"
    r"(?:[*&](?P<history>\d{1,3}))?"
)
_PRESENT = 255


@dataclass(frozen=True)
class DataAddress:
    """`A-B:C.D.E*F`. `medium` (A) and `channel` (B) are None where they are left out; `code` is `C.D.E` or `C.D`.

    `history` (F) is the number of a stored value, after `*` or `&`; None for the present one, also where it is 255.
    """

    medium: int | None
    channel: int | None
    code: str
    history: int | None


def parse_address(text: str) -> DataAddress | None:
    """The address; None if it is none, as that of a line that continues the one before."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    numbers = [None if found[name] is None else int(found[name]) for name in ("medium", "channel", "history")]
    medium, channel, history = numbers
    if any(number is not None and number > _PRESENT for number in numbers):
        return None
    return DataAddress(medium, channel, found["code"], None if history == _PRESENT else history)
