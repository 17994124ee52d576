"""The tablet's meter directory, keys sealed to it."""

from typing import Annotated

from pydantic import Field

from agent.domain.exchange.base import Hex, Message, Name, Serial


class MeterSecret(Message):
    """What is inside `DirectoryMeter.sealed`, as JSON, sealed with the serial number as purpose."""

    lls_password: Hex | None = None
    encryption_key: Hex | None = None
    authentication_key: Hex | None = None


class DirectoryMeter(Message):
    serial: Serial
    model: Name
    pod: str | None = None
    address: str | None = None
    customer: str | None = None
    sealed: Annotated[Hex | None, Field(description="MeterSecret sealed to this tablet; none for lack of a key")]


class MeterPage(Message):
    """`GET /meters?after=CURSOR`: changes since the cursor, deletions included.

    `epoch` grows when SMM was restored from a backup: then a tablet offers again what it has sent lately.
    """

    meters: list[DirectoryMeter]
    deleted: list[Serial]
    cursor: str
    more: bool
    epoch: Annotated[int, Field(ge=1)] = 1
