"""Enrolment of a tablet, and the session of its user."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from agent.domain.exchange.base import Hex, Message, Name, Utc


class DeviceState(StrEnum):
    """Of a tablet's enrolment: only an approved tablet gets meters, keys and orders."""

    PENDING = "pending"
    APPROVED = "approved"
    REVOKED = "revoked"


class DeviceEnrolment(Message):
    """`POST /devices`. Enrolling again with the same keys gives the same device."""

    name: Name
    signing_key: Annotated[Hex, Field(description="Ed25519 public key, raw, 32 bytes", min_length=64, max_length=64)]
    sealing_key: Annotated[Hex, Field(description="X25519 public key, raw, 32 bytes", min_length=64, max_length=64)]


class Device(Message):
    """An enrolled tablet. It keeps SMM's public keys for ever: `receipt_key` (Ed25519) signs receipts, to `parcel_key`
    (X25519) what is exported is sealed; raw, 32 bytes."""

    id: Name
    name: Name
    state: DeviceState
    receipt_key: Annotated[Hex | None, Field(min_length=64, max_length=64)] = None
    parcel_key: Annotated[Hex | None, Field(min_length=64, max_length=64)] = None


class SessionRequest(Message):
    """`POST /sessions`."""

    username: Name
    password: Annotated[str, Field(min_length=1, max_length=200)]
    device: Name


class User(Message):
    """The user of a session; `tag` is the user's area."""

    username: Name
    name: Name
    group: Name
    tag: str
    culture: str


class Session(Message):
    """`token` is sent as `Authorization: Bearer …`. Until `offline_until` the user may log in without SMM."""

    token: str
    user: User
    expires_at: Utc
    offline_until: Utc
    server_time: Utc
