"""Types that all messages share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from agent.domain.serial import SERIAL_PATTERN


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the calendar in UTC") from None


Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$", max_length=8192)]
NO_NUL = r"^[^\x00]*$"
"""Pattern of texts that are stored: PostgreSQL takes no NUL."""

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
Serial = Annotated[str, Field(pattern=f"^{SERIAL_PATTERN}$")]


class Message(BaseModel):
    """A message that never changes and has no fields but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Message):
    """An error as problem details (RFC 9457). `code` is one of those in `domain/words`."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    code: str | None = None
