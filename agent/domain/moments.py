"""Moments as people and programs write them."""

from datetime import datetime

from agent.domain.errors import InputError


def parse_moment(text: str, field: str) -> datetime:
    """An ISO 8601 moment, aware; without a time zone it is this machine's.

    Raises:
        InputError: `bad-input`, with the name of the field.
    """
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        raise InputError(code="bad-input", field=field) from None
