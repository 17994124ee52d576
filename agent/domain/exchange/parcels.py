"""Parcels: what waits on one tablet, exported to a file, so that it reaches SMM by another way."""

from typing import Annotated, Any, Literal

from pydantic import Field

from agent.domain.exchange.base import Hex, Message, Name, Utc


class ParcelHead(Message):
    """The first line of the file, in clear text. `digest` is over the rest of it, and over the whole file."""

    format: Literal["eplus-parcel"] = "eplus-parcel"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    device: Annotated[Name, Field(description="the tablet that made it")]
    created_at: Utc
    count: Annotated[int, Field(ge=1, le=10**6, description="envelopes in it")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ParcelReceipt(Message):
    """`POST /parcels`: what became of its envelopes, each of which is taken once.

    `taken` counts those that SMM has gone through, from the first on. Are there more in the parcel, it is sent again,
    with `?after=` that number. `code` says why SMM can never take the parcel. `signature` is made with SMM's receipt
    key over `signed`.
    """

    id: Name
    taken: Annotated[int, Field(ge=0)]
    accepted: Annotated[int, Field(ge=0)] = 0
    duplicate: Annotated[int, Field(ge=0)] = 0
    refused: Annotated[int, Field(ge=0)] = 0
    received_at: Utc
    code: str | None = None
    signature: Annotated[Hex | None, Field(min_length=128, max_length=128)] = None

    def signed(self, digest: str) -> dict[str, Any]:
        """What `signature` signs: the receipt, and the digest of the parcel."""
        return {**self.model_dump(mode="json", exclude={"signature"}), "digest": digest}
