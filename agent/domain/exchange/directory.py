"""The meter directory of a tablet, with meter secrets sealed to it."""

from typing import Annotated

from pydantic import Field

from agent.domain.exchange.base import Hex, Message, Name, Serial


class MeterSecret(Message):
    """What `DirectoryMeter.sealed` holds, as JSON, sealed with the serial number as its purpose."""

    lls_password: Hex | None = None
    encryption_key: Hex | None = None
    authentication_key: Hex | None = None


class DirectoryMeter(Message):
    """A meter as a tablet knows it."""

    serial: Serial
    model: Name
    pod: str | None = None
    address: str | None = None
    customer: str | None = None
    sealed: Annotated[Hex | None, Field(description="MeterSecret sealed to this tablet; none for lack of a key")]


class MeterPage(Message):
    """`GET /meters?after=CURSOR`: changes since the cursor, including deletions.

    `epoch` is increased when SMM is restored from a backup; tablets then offer again what they sent recently.
    """

    meters: list[DirectoryMeter]
    deleted: list[Serial]
    cursor: str
    more: bool
    epoch: Annotated[int, Field(ge=1)] = 1
