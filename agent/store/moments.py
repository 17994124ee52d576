"""Moments as text: UTC, ISO 8601, always with microseconds, so that the texts sort by time."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """A moment as the store keeps it. Raises: ValueError, if it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """A moment that `to_text` has written, in UTC."""
    return datetime.fromisoformat(text)


def from_optional(text: str | None) -> datetime | None:
    """As `from_text`, where there may be no moment."""
    return None if text is None else datetime.fromisoformat(text)
