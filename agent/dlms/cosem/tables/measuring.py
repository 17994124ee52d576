"""Classes for measured values and their recording."""

from agent.dlms.cosem.model import (
    Attribute,
    InterfaceClass,
    array,
    date_time,
    enumeration,
    interface,
    logical_name,
    scaler_unit,
    structure,
    value,
    values,
)


def _capture_object(name: str) -> Attribute:
    return structure(name, value("class_id"), logical_name("logical_name"), *values("attribute_index data_index"))


_SORT_METHOD = enumeration(
    "sort_method",
    "unsorted, first in first out",
    "unsorted, last in first out",
    "largest",
    "smallest",
    "nearest to zero",
    "farthest from zero",
    first=1,
)

DATA = interface(1, 0, "Data", value("value"))

REGISTER = interface(3, 0, "Register", value("value"), scaler_unit(), methods=("reset",))

EXTENDED_REGISTER = interface(
    4,
    0,
    "Extended register",
    value("value"),
    scaler_unit(),
    value("status"),
    date_time("capture_time"),
    methods=("reset",),
)

DEMAND_REGISTER = interface(
    5,
    0,
    "Demand register",
    *values("current_average_value last_average_value"),
    scaler_unit(),
    value("status"),
    date_time("capture_time"),
    date_time("start_time_current"),
    *values("period number_of_periods"),
    methods=("reset", "next_period"),
)

REGISTER_ACTIVATION = interface(
    6,
    0,
    "Register activation",
    array("register_assignment", structure("object_definition", value("class_id"), logical_name("logical_name"))),
    array("mask_list", structure("register_act_mask", *values("mask_name index_list"))),
    value("active_mask"),
    methods=("add_register", "add_mask", "delete_mask"),
)

PROFILE_GENERIC_0 = interface(
    7,
    0,
    "Profile generic",
    value("buffer"),
    array("capture_objects", _capture_object("capture_object_definition")),
    value("capture_period"),
    _SORT_METHOD,
    _capture_object("sort_object"),
    *values("entries_in_use profile_entries"),
    methods=("reset", "capture", "get_buffer_by_range", "get_buffer_by_index"),
)
PROFILE_GENERIC_1 = PROFILE_GENERIC_0.next_version()

REGISTER_MONITOR = interface(
    21,
    0,
    "Register monitor",
    value("thresholds"),
    structure("monitored_value", value("class_id"), logical_name("logical_name"), value("attribute_index")),
    value("actions"),
)

COMPACT_DATA_0 = interface(
    62,
    0,
    "Compact data",
    value("compact_buffer"),
    value("capture_objects"),
    *values("template_id template_description"),
    enumeration("capture_method", "capture upon invoking the capture method", "implicit capture"),
    methods=("reset", "capture"),
)
COMPACT_DATA_1 = COMPACT_DATA_0.next_version()

STATUS_MAPPING = interface(63, 0, "Status mapping", *values("status_word mapping_table"))

CLASSES: tuple[InterfaceClass, ...] = (
    DATA,
    REGISTER,
    EXTENDED_REGISTER,
    DEMAND_REGISTER,
    REGISTER_ACTIVATION,
    PROFILE_GENERIC_0,
    PROFILE_GENERIC_1,
    REGISTER_MONITOR,
    COMPACT_DATA_0,
    COMPACT_DATA_1,
    STATUS_MAPPING,
)
