"""Classes for time, tariffs and scheduled actions."""

from agent.dlms.cosem.model import (
    InterfaceClass,
    array,
    date,
    date_time,
    enumeration,
    flags,
    interface,
    logical_name,
    structure,
    time,
    value,
    values,
)

_CLOCK_STATUS = {
    0: "invalid value",
    1: "doubtful value",
    2: "different clock base",
    3: "invalid clock status",
    7: "daylight saving active",
}

CLOCK = interface(
    8,
    0,
    "Clock",
    date_time("time"),
    value("time_zone"),
    flags("status", _CLOCK_STATUS),
    date_time("daylight_savings_begin"),
    date_time("daylight_savings_end"),
    *values("daylight_savings_deviation daylight_savings_enabled"),
    enumeration(
        "clock_base",
        "not defined",
        "internal crystal",
        "mains frequency 50 Hz",
        "mains frequency 60 Hz",
        "GPS",
        "radio controlled",
    ),
    methods=(
        "adjust_to_quarter",
        "adjust_to_measuring_period",
        "adjust_to_minute",
        "adjust_to_preset_time",
        "preset_adjusting_time",
        "shift_time",
    ),
)

SCRIPT_TABLE = interface(
    9,
    0,
    "Script table",
    array("scripts", structure("script", *values("script_identifier actions"))),
    methods=("execute",),
)

SPECIAL_DAYS_TABLE = interface(
    11,
    0,
    "Special days table",
    array("entries", structure("spec_day_entry", value("index"), date("specialday_date"), value("day_id"))),
    methods=("insert", "delete"),
)

_SEASONS = structure("season", value("season_profile_name"), date_time("season_start"), value("week_name"))
_WEEKS = structure(
    "week_profile", *values("week_profile_name monday tuesday wednesday thursday friday saturday sunday")
)
_DAYS = structure(
    "day_profile",
    value("day_id"),
    array(
        "day_schedule",
        structure(
            "day_profile_action", time("start_time"), logical_name("script_logical_name"), value("script_selector")
        ),
    ),
)

ACTIVITY_CALENDAR = interface(
    20,
    0,
    "Activity calendar",
    value("calendar_name_active"),
    array("season_profile_active", _SEASONS),
    array("week_profile_table_active", _WEEKS),
    array("day_profile_table_active", _DAYS),
    value("calendar_name_passive"),
    array("season_profile_passive", _SEASONS),
    array("week_profile_table_passive", _WEEKS),
    array("day_profile_table_passive", _DAYS),
    date_time("activate_passive_calendar_time"),
    methods=("activate_passive_calendar",),
)

SINGLE_ACTION_SCHEDULE = interface(
    22,
    0,
    "Single action schedule",
    structure("executed_script", logical_name("script_logical_name"), value("script_selector")),
    value("type"),
    array("execution_time", structure("execution_time_date", time("time"), date("date"))),
)

CLASSES: tuple[InterfaceClass, ...] = (
    CLOCK,
    SCRIPT_TABLE,
    SPECIAL_DAYS_TABLE,
    ACTIVITY_CALENDAR,
    SINGLE_ACTION_SCHEDULE,
)
