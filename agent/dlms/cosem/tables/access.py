"""Classes for access to a meter: associations, security, ports, push; and for its firmware image."""

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

_BAUD = ("300", "600", "1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200")

ASSOCIATION_LN_0 = interface(
    15,
    0,
    "Association LN",
    value("object_list"),
    structure("associated_partners_id", *values("client_SAP server_SAP")),
    *values("application_context_name xDLMS_context_info authentication_mechanism_name secret"),
    enumeration("association_status", "non-associated", "association-pending", "associated"),
    methods=("reply_to_HLS_authentication", "change_HLS_secret", "add_object", "remove_object"),
)
ASSOCIATION_LN_1 = ASSOCIATION_LN_0.next_version(logical_name("security_setup_reference"))
_USER = ("id", "name")
ASSOCIATION_LN_2 = ASSOCIATION_LN_1.next_version(
    array("user_list", structure("user_list_entry", *map(value, _USER))),
    structure("current_user", *map(value, _USER)),
    methods=("add_user", "remove_user"),
)
ASSOCIATION_LN_3 = ASSOCIATION_LN_2.next_version()

SAP_ASSIGNMENT = interface(
    17,
    0,
    "SAP assignment",
    array("SAP_assignment_list", structure("asslist_element", *values("SAP logical_device_name"))),
    methods=("connect_logical_device",),
)

IMAGE_TRANSFER = interface(
    18,
    0,
    "Image transfer",
    *values("image_block_size image_transferred_blocks_status image_first_not_transferred_block_number"),
    value("image_transfer_enabled"),
    enumeration(
        "image_transfer_status",
        "image transfer not initiated",
        "image transfer initiated",
        "image verification initiated",
        "image verification successful",
        "image verification failed",
        "image activation initiated",
        "image activation successful",
        "image activation failed",
    ),
    array(
        "image_to_activate_info",
        structure(
            "image_to_activate_info_element",
            *values("image_to_activate_size image_to_activate_identification image_to_activate_signature"),
        ),
    ),
    methods=("image_transfer_initiate", "image_block_transfer", "image_verify", "image_activate"),
)

IEC_LOCAL_PORT_SETUP = interface(
    19,
    1,
    "IEC local port setup",
    enumeration("default_mode", "IEC 62056-21 (modes A to E)", "IEC 62056-46 (HDLC)", "not specified"),
    enumeration("default_baud", *_BAUD),
    enumeration("prop_baud", *_BAUD),
    enumeration("response_time", "20 ms", "200 ms"),
    *values("device_addr pass_p1 pass_p2 pass_w5"),
)

IEC_HDLC_SETUP = interface(
    23,
    1,
    "IEC HDLC setup",
    enumeration("comm_speed", *_BAUD),
    *values("window_size_transmit window_size_receive"),
    *values("max_info_field_length_transmit max_info_field_length_receive"),
    *values("inter_octet_time_out inactivity_time_out device_address"),
)

PUSH_SETUP_0 = interface(
    40,
    0,
    "Push setup",
    *values("push_object_list send_destination_and_method"),
    array("communication_window", structure("window_element", date_time("start_time"), date_time("end_time"))),
    *values("randomisation_start_interval number_of_retries repetition_delay"),
    methods=("push",),
)
PUSH_SETUP_1 = PUSH_SETUP_0.next_version(
    logical_name("port_reference"), *values("push_client_SAP push_protection_parameters")
)
PUSH_SETUP_2 = PUSH_SETUP_1.next_version(
    *values("push_operation_method confirmation_parameters"),
    date_time("last_confirmation_date_time"),
    methods=("reset",),
)
PUSH_SETUP_3 = PUSH_SETUP_2.next_version()

_SECURITY_SUITE = enumeration(
    "security_suite",
    "AES-GCM-128",
    "AES-GCM-128, ECDH-ECDSA P-256",
    "AES-GCM-256, ECDH-ECDSA P-384",
)
SECURITY_SETUP_0 = interface(
    64,
    0,
    "Security setup",
    enumeration(
        "security_policy",
        "nothing",
        "all messages to be authenticated",
        "all messages to be encrypted",
        "all messages to be authenticated and encrypted",
    ),
    _SECURITY_SUITE,
    *values("client_system_title server_system_title"),
    methods=("security_activate", "global_key_transfer"),
)
SECURITY_SETUP_1 = interface(
    64,
    1,
    "Security setup",
    flags(
        "security_policy",
        {
            2: "authenticated request",
            3: "encrypted request",
            4: "digitally signed request",
            5: "authenticated response",
            6: "encrypted response",
            7: "digitally signed response",
        },
    ),
    _SECURITY_SUITE,
    *values("client_system_title server_system_title certificates"),
    methods=(
        "security_activate",
        "key_transfer",
        "key_agreement",
        "generate_key_pair",
        "generate_certificate_request",
        "import_certificate",
        "export_certificate",
        "remove_certificate",
    ),
)

CLASSES: tuple[InterfaceClass, ...] = (
    ASSOCIATION_LN_0,
    ASSOCIATION_LN_1,
    ASSOCIATION_LN_2,
    ASSOCIATION_LN_3,
    SAP_ASSIGNMENT,
    IMAGE_TRANSFER,
    IEC_LOCAL_PORT_SETUP,
    IEC_HDLC_SETUP,
    PUSH_SETUP_0,
    PUSH_SETUP_1,
    PUSH_SETUP_2,
    PUSH_SETUP_3,
    SECURITY_SETUP_0,
    SECURITY_SETUP_1,
)
