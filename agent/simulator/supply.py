"""The customer's supply in a simulated meter: breaker, limiter and activity calendar (IEC 62056-6-2, 70, 71, 20)."""

from collections.abc import Callable
from enum import IntEnum
from functools import partial

from agent.dlms import ActionReply, Data, Obis, Tag
from agent.dlms.cosem.dates import CosemTime
from agent.dlms.cosem.tables.supply import DISCONNECT_CONTROL_0, LIMITER
from agent.dlms.cosem.tables.timing import ACTIVITY_CALENDAR
from agent.simulator.kept import Kept
from agent.simulator.objects import DONE, NO_MOMENT, CosemObject, structure

_MODES_THAT_RECONNECT_AT_ONCE = (2, 4)
MODE_THAT_NEVER_OPENS = 0
MODES_THAT_CLOSE_BY_THEMSELVES = (5, 6)
_FIRST_THRESHOLD_W, _EMERGENCY_THRESHOLD_W = 6_000, 1_000
_OVER_S, _UNDER_S = 30, 60
_SWITCH_SCRIPTS = Obis(0, 0, 10, 0, 106)
_TARIFF_SCRIPTS = Obis(0, 0, 10, 0, 100)
_EVERY_YEAR = bytes.fromhex("ffff0101ff00000000800000")
_DAYS_OF_A_WEEK = 7
_PARTS_OF_A_CALENDAR = ("calendar_name", "season_profile", "week_profile_table", "day_profile_table")


class ControlState(IntEnum):
    """Of the disconnect control (class 70)."""

    DISCONNECTED = 0
    CONNECTED = 1
    READY_FOR_RECONNECTION = 2


def switched(mode: int, state: ControlState, *, connect: bool) -> ControlState | None:
    """The state after a remote method in that control mode; None where the mode does not permit it."""
    if mode == MODE_THAT_NEVER_OPENS:
        return None
    if not connect:
        return ControlState.DISCONNECTED
    if state is ControlState.CONNECTED or mode in _MODES_THAT_RECONNECT_AT_ONCE:
        return ControlState.CONNECTED
    return ControlState.READY_FOR_RECONNECTION


def disconnect_control(
    state: Callable[[], ControlState],
    mode: Callable[[], int],
    switch: Callable[[bool, Data | None], ActionReply],
) -> CosemObject:
    """Class 70; `switch` gets whether to connect, and the method's parameters."""
    return CosemObject(
        DISCONNECT_CONTROL_0.class_id,
        {
            2: lambda: Data(Tag.BOOLEAN, state() is ControlState.CONNECTED),
            3: lambda: Data(Tag.ENUM, int(state())),
            4: lambda: Data(Tag.ENUM, mode()),
        },
        methods={1: partial(switch, False), 2: partial(switch, True)},
    )


def limiter(kept: Kept) -> CosemObject:
    """Class 71, monitoring the active power in W; outside an emergency the normal threshold is the active one."""
    normal, set_normal = kept.attribute("threshold_normal", _count(_FIRST_THRESHOLD_W))
    emergency, set_emergency = kept.attribute("threshold_emergency", _count(_EMERGENCY_THRESHOLD_W))
    power = structure(Data(Tag.LONG_UNSIGNED, 3), _name(Obis(1, 0, 1, 7, 0)), Data(Tag.INTEGER, 2))
    return CosemObject(
        LIMITER.class_id,
        {
            2: lambda: power,
            3: normal,
            4: normal,
            5: emergency,
            6: lambda: _count(_OVER_S),
            7: lambda: _count(_UNDER_S),
            8: lambda: structure(Data(Tag.LONG_UNSIGNED, 0), _octets(NO_MOMENT), _count(0)),
            9: lambda: Data(Tag.ARRAY, ()),
            10: lambda: Data(Tag.BOOLEAN, False),
            11: lambda: structure(*(structure(_name(_SWITCH_SCRIPTS), Data(Tag.LONG_UNSIGNED, n)) for n in (1, 2))),
        },
        {4: set_normal, 5: set_emergency},
    )


def activity_calendar(kept: Kept) -> CosemObject:
    """Class 20: one tariff all year, until another calendar is activated."""
    attributes, writes = {}, {}
    for part, first in zip(_PARTS_OF_A_CALENDAR, _one_tariff(), strict=True):
        active, passive = (ACTIVITY_CALENDAR.index_of(f"{part}_{which}") for which in ("active", "passive"))
        attributes[active], _ = kept.attribute(f"{part}_active", first)
        attributes[passive], writes[passive] = kept.attribute(f"{part}_passive", first)
    at = ACTIVITY_CALENDAR.index_of("activate_passive_calendar_time")
    attributes[at], writes[at] = kept.attribute("activate_passive_calendar_time", _octets(NO_MOMENT))

    def activate(_parameters: Data | None) -> ActionReply:
        kept.copy({f"{part}_active": f"{part}_passive" for part in _PARTS_OF_A_CALENDAR}, "calendar")
        return DONE

    return CosemObject(ACTIVITY_CALENDAR.class_id, attributes, writes, {1: activate})


def _one_tariff() -> tuple[Data, ...]:
    """Name, seasons, weeks and days."""
    season = structure(_octets(b"year"), _octets(_EVERY_YEAR), _octets(b"week"))
    week = structure(_octets(b"week"), *[Data(Tag.UNSIGNED, 1)] * _DAYS_OF_A_WEEK)
    midnight = _octets(bytes(CosemTime(0, 0, 0, 0)))
    action = structure(midnight, _name(_TARIFF_SCRIPTS), Data(Tag.LONG_UNSIGNED, 1))
    day = structure(Data(Tag.UNSIGNED, 1), Data(Tag.ARRAY, (action,)))
    return (_octets(b"Base"), *(Data(Tag.ARRAY, (element,)) for element in (season, week, day)))


def _count(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


def _octets(value: bytes) -> Data:
    return Data(Tag.OCTET_STRING, value)


def _name(obis: Obis) -> Data:
    return _octets(bytes(obis))
