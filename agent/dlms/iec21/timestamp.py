"""Times as readouts write them: `YYMMDDhhmmss` with or without seconds, separators, and a mark of the season."""

import re
from datetime import UTC, datetime
from typing import Literal

_DIGITS = re.compile(r"(?P<season>[012])?(?P<digits>\d{10}|\d{12})(?P<mark>[WS])?")
_SEPARATORS = re.compile(r"[-: ]")
_DATE = re.compile(r"[012]?(?:20)?(\d{6})")
_TIME = re.compile(r"[012]?(\d{6}|\d{4})")

NOT_SET: Literal["not-set"] = "not-set"
"""A form that is known, and a time that cannot be: the clock was never set."""
_UTC = "2"


def parse_timestamp(text: str) -> datetime | Literal["not-set"] | None:
    """Date and time; a leading 0 is standard time, 1 summer time, 2 UTC, and so are W and S behind. None if the form
    is not known.

    Local times are naive; where one comes twice, `fold` tells which one it is.
    """
    found = _DIGITS.fullmatch(_SEPARATORS.sub("", text.strip()))
    if found is None:
        return None
    digits = found["digits"].ljust(12, "0")
    season = {"W": "0", "S": "1"}.get(found["mark"] or "", found["season"])
    try:
        moment = datetime.strptime("20" + digits, "%Y%m%d%H%M%S")
    except ValueError:
        return NOT_SET
    return moment.replace(tzinfo=UTC) if season == _UTC else moment.replace(fold=1 if season == "0" else 0)


def parse_date_and_time(date: str, time: str) -> datetime | Literal["not-set"] | None:
    """The same for a date and a time that stand apart, as `21-01-04` and `23:16:43`."""
    found_date = _DATE.fullmatch(_SEPARATORS.sub("", date.strip()))
    found_time = _TIME.fullmatch(_SEPARATORS.sub("", time.strip()))
    if found_date is None or found_time is None:
        return None
    return parse_timestamp(found_date[1] + found_time[1])
