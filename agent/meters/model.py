"""A meter model: what a kind of meter has, and how it is talked to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Authentication = Literal["none", "lls", "hls-md5", "hls-sha1", "hls-gmac", "hls-sha256", "hls-ecdsa"]
Security = Literal["none", "auth", "enc", "auth-enc"]
SuiteId = Literal[0, 1, 2]


@dataclass(frozen=True)
class AssociationDefaults:
    """How a model is talked to: HDLC sizes in octets, `window` in frames, `invocation_counter` a logical name."""

    client_sap: int
    server_sap: int
    authentication: Authentication
    security: Security = "none"
    suite: SuiteId = 0
    invocation_counter: str = "0.0.43.1.0"
    max_info: int = 128
    window: int = 1


@dataclass(frozen=True)
class PrepaymentObjects:
    """Logical names of what prepayment needs (classes 111, 112, 113 and 115).

    `used_tokens` lists the ids of tokens that were taken, where the meter has such a list; a meter without a
    `token_gateway` is charged through its credit, and then `max_power_w` is the most that it can deliver, in W.
    """

    account: str
    credit: str
    emergency_credit: str | None = None
    charge: str | None = None
    token_gateway: str | None = None
    used_tokens: str | None = None
    max_power_w: int = 0


@dataclass(frozen=True)
class MeterModel:
    """Logical names of a model's objects, and what a result must have.

    `serial_number` lists objects in the order they are tried. `tariffs` maps `t1`…`t6` to logical names.
    `required` names what a Reading must find; the rest may be missing in a meter of this model.
    `from_object_list`: the meter's own list of objects says which of these it has, and what it has instead.
    `register_classes` are the classes of registers that are not of class 3, by logical name. `instant` maps `u1`,
    `i1`, `p` and so on to logical names.
    """

    name: str
    title: str
    association: AssociationDefaults
    serial_number: tuple[str, ...]
    clock: str | None
    app_version: str | None
    disconnect_control: str | None
    total: str
    tariffs: dict[str, str]
    required: frozenset[str]
    from_object_list: bool = False
    register_classes: Mapping[str, int] = field(default_factory=dict)
    load_profile: str | None = None
    event_log: str | None = None
    limiter: str | None = None
    activity_calendar: str | None = None
    prepayment: PrepaymentObjects | None = None
    instant: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadoutModel:
    """A meter that is only read out (IEC 62056-21, mode C): addresses of its data sets, first found first taken."""

    name: str
    title: str
    serial_number: tuple[str, ...]
    app_version: tuple[str, ...]
    total: str
    tariffs: dict[str, str]


Model = MeterModel | ReadoutModel
