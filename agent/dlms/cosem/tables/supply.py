"""Classes for the customer's supply: breaker, load limit, and payment."""

from agent.dlms.cosem.model import (
    InterfaceClass,
    array,
    date_time,
    enumeration,
    flags,
    interface,
    logical_name,
    structure,
    value,
    values,
)

_MODES = ("none", "mode 1", "mode 2", "mode 3", "mode 4", "mode 5", "mode 6")

DISCONNECT_CONTROL_0 = interface(
    70,
    0,
    "Disconnect control",
    value("output_state"),
    enumeration("control_state", "disconnected", "connected", "ready for reconnection"),
    enumeration("control_mode", *_MODES),
    methods=("remote_disconnect", "remote_reconnect"),
)
DISCONNECT_CONTROL_1 = DISCONNECT_CONTROL_0.next_version(instead={4: enumeration("control_mode", *_MODES, "mode 7")})

LIMITER = interface(
    71,
    0,
    "Limiter",
    structure("monitored_value", value("class_id"), logical_name("logical_name"), value("attribute_index")),
    *values("threshold_active threshold_normal threshold_emergency"),
    *values("min_over_threshold_duration min_under_threshold_duration"),
    structure(
        "emergency_profile",
        value("emergency_profile_id"),
        date_time("emergency_activation_time"),
        value("emergency_duration"),
    ),
    *values("emergency_profile_group_id_list emergency_profile_active actions"),
)

ACCOUNT = interface(
    111,
    0,
    "Account",
    structure(
        "account_mode_and_status",
        enumeration("payment_mode", "credit mode", "prepayment mode", first=1),
        enumeration("account_status", "new (inactive) account", "account active", "account closed", first=1),
    ),
    value("current_credit_in_use"),
    flags(
        "current_credit_status",
        {
            0: "in credit",
            1: "low credit",
            2: "next credit enabled",
            3: "next credit selectable",
            4: "next credit selected",
            5: "selectable credit in use",
            6: "out of credit",
        },
    ),
    *values("available_credit amount_to_clear clearance_threshold aggregated_debt"),
    array("credit_reference_list", logical_name("credit_reference")),
    array("charge_reference_list", logical_name("charge_reference")),
    array(
        "credit_charge_configuration",
        structure(
            "credit_charge_configuration_element",
            logical_name("credit_reference"),
            logical_name("charge_reference"),
            flags(
                "collection_configuration",
                {
                    0: "collect when supply disconnected",
                    1: "collect in load limiting periods",
                    2: "collect in friendly credit periods",
                },
            ),
        ),
    ),
    array(
        "token_gateway_configuration",
        structure("token_gateway_configuration_element", logical_name("credit_reference"), value("token_proportion")),
    ),
    date_time("account_activation_time"),
    date_time("account_closure_time"),
    structure(
        "currency",
        *values("currency_name currency_scale"),
        enumeration("currency_unit", "time", "consumption", "monetary"),
    ),
    *values("low_credit_threshold next_credit_available_threshold max_provision max_provision_period"),
    methods=("activate_account", "close_account", "reset_account"),
)

CREDIT = interface(
    112,
    0,
    "Credit",
    value("current_credit_amount"),
    enumeration(
        "credit_type",
        "token credit",
        "reserved credit",
        "emergency credit",
        "time based credit",
        "consumption based credit",
    ),
    *values("priority warning_threshold limit"),
    flags(
        "credit_configuration",
        {
            0: "requires visual indication",
            1: "requires confirmation before it can be selected",
            2: "requires the credit amount to be paid back",
            3: "resettable",
            4: "able to receive credit amounts from tokens",
        },
    ),
    enumeration("credit_status", "enabled", "selectable", "selected", "in use", "exhausted"),
    *values("preset_credit_amount credit_available_threshold"),
    date_time("period"),
    methods=("update_amount", "set_amount_to_value", "invoke_credit"),
)

_UNIT_CHARGE = (
    structure("charge_per_unit_scaling", *values("commodity_scale price_scale")),
    structure("commodity_reference", value("class_id"), logical_name("logical_name"), value("attribute_index")),
    array("charge_table", structure("charge_table_element", *values("index charge_per_unit"))),
)

CHARGE = interface(
    113,
    0,
    "Charge",
    value("total_amount_paid"),
    enumeration(
        "charge_type",
        "consumption based collection",
        "time based collection",
        "payment event based collection",
    ),
    value("priority"),
    structure("unit_charge_active", *_UNIT_CHARGE),
    structure("unit_charge_passive", *_UNIT_CHARGE),
    date_time("unit_charge_activation_time"),
    value("period"),
    flags("charge_configuration", {0: "percentage based collection", 1: "continuous collection"}),
    date_time("last_collection_time"),
    *values("last_collection_amount total_amount_remaining proportion"),
    methods=(
        "update_unit_charge",
        "activate_passive_unit_charge",
        "collect",
        "update_total_amount_remaining",
        "set_total_amount_remaining",
    ),
)

TOKEN_GATEWAY = interface(
    115,
    0,
    "Token gateway",
    value("token"),
    date_time("token_time"),
    array("token_description", value("token_description_element")),
    enumeration("token_delivery_method", "via remote communications", "via local communications", "via manual entry"),
    structure(
        "token_status",
        enumeration(
            "status_code",
            "token format result OK",
            "authentication result OK",
            "validation result OK",
            "token execution result OK",
            "token format failure",
            "authentication failure",
            "validation result failure",
            "token execution result failure",
            "token received and not yet processed",
        ),
        value("data_value"),
    ),
    methods=("enter",),
)

CLASSES: tuple[InterfaceClass, ...] = (
    DISCONNECT_CONTROL_0,
    DISCONNECT_CONTROL_1,
    LIMITER,
    ACCOUNT,
    CREDIT,
    CHARGE,
    TOKEN_GATEWAY,
)
