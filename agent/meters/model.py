"""A meter model: which objects meters of one kind have, and how to associate with them.

Logical names are OBIS codes (IEC 62056-6-1:2017) written as `1.0.1.8.0`; group F is 255 where it is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Authentication = Literal["none", "lls", "hls-md5", "hls-sha1", "hls-gmac", "hls-sha256", "hls-ecdsa"]
Security = Literal["none", "auth", "enc", "auth-enc"]
SuiteId = Literal[0, 1, 2]
AddressSize = Literal[1, 2, 4]


@dataclass(frozen=True)
class AssociationDefaults:
    """Settings of an association, where the command line does not say otherwise; `README.md` beside this explains each.

    `max_info` is the maximum information field length in octets, `window` the window size in frames,
    `invocation_counter` the logical name of the counter that the public client may read. The last seven are for meters
    that need them: a `list_limit` of 0 is none, and `meter_title` counts where a meter does not give its own.
    """

    client_sap: int
    server_sap: int
    authentication: Authentication
    security: Security = "none"
    suite: SuiteId = 0
    invocation_counter: str = "0.0.43.1.0"
    physical: int = 0
    address_size: AddressSize = 1
    max_info: int = 128
    window: int = 1
    challenge_octets: int = 16
    list_limit: int = 0
    meter_title: bytes | None = None
    send_title: bool = True
    before_connect_ms: int = 0
    after_connect_ms: int = 0
    before_frame_ms: int = 0


@dataclass(frozen=True)
class PrepaymentObjects:
    """Logical names of what prepayment needs: Account, Credit, Charge, Token gateway.

    IEC 62056-6-2:2017, class_id 111, 112, 113 and 115. `used_tokens` is the list of ids of the tokens that were taken,
    if the meter has one. A meter without a `token_gateway` is charged by a sum added to its credit; for that,
    `max_power_w` is the most that it can deliver, in W.
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
    """Logical names of a model's objects; None for those that its meters do not have.

    `serial_number` lists objects in the order in which they are tried. `tariffs` maps `t1`…`t6` to logical names.
    `required` names what a reading must find; a meter of this model may lack the rest.
    `from_object_list`: the meter's own list of objects says which of these it has, and what it has instead.
    `register_classes` holds, by logical name, the class_id of registers that are not of class 3. `instant` maps `u1`,
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
    """A meter that offers only a readout (IEC 62056-21:2002, modes A to D).

    Its values are addresses of data sets, `C.D.E` without medium and channel; where there are several, the first one
    that is in the readout counts. `unit` is that of registers which the readout gives without one. `load_profile` is
    the address of its load profile. A meter of `mode` D sends by itself, at `baud`.
    """

    name: str
    title: str
    serial_number: tuple[str, ...]
    app_version: tuple[str, ...]
    total: str
    tariffs: dict[str, str]
    unit: str | None = None
    load_profile: str = "P.01"
    mode: Literal["C", "D"] = "C"
    baud: int = 2400


Model = MeterModel | ReadoutModel
