"""Moments in text."""

from datetime import datetime

from agent.domain.errors import InputError


def parse_moment(text: str, field: str) -> datetime:
    """An aware moment from ISO 8601 text; without a time zone, it is in this machine's.

    Raises:
        InputError: `bad-input`, with the name of the field.
    """
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        raise InputError(code="bad-input", field=field) from None
