"""Which attributes of a meter hold secrets, and which tell whose meter it is (IEC 62056-6-1:2017, -6-2:2017)."""

from enum import Enum, auto

from agent.dlms import AttributeDescriptor, Obis

FIRST_OF_MAKERS = 128
"""Value groups from here on are the maker's own: nobody knows what is in them."""
_COUNTRY = 94
_SECRETS = {
    (15, 7),  # Association LN: secret
    (19, 7), (19, 8), (19, 9),  # IEC local port setup: passwords
    (44, 5),  # PPP setup: user name and password
    (45, 3),  # GPRS modem setup: PIN
    (46, 4), (46, 5),  # SMTP setup: user name, password
    (115, 2),  # Token gateway: token
}  # fmt: skip
_PERSONAL = {
    (15, 10), (15, 11),  # Association LN: users
    (17, 2),  # SAP assignment: names of logical devices
    (25, 5), (25, 6), (72, 6), (72, 7),  # M-Bus: addresses and identification numbers
    (28, 6), (29, 6),  # auto answer, auto connect: telephone numbers
    (40, 3),  # push: destination
    (41, 3), (42, 3), (42, 4), (42, 6), (42, 7), (42, 9), (42, 10), (43, 2), (48, 3), (48, 4), (48, 5),  # addresses
    (45, 2),  # access point name
    (46, 3), (46, 6), (46, 7),  # mail server and addresses
    (47, 2), (47, 6), (151, 2),  # operator and cell
    (64, 4), (64, 5), (64, 6),  # Security setup: system titles, certificates
    (115, 4),  # Token gateway: description
}  # fmt: skip


class Privacy(Enum):
    """What an attribute may hold."""

    OPEN = auto()
    PERSONAL = auto()
    SECRET = auto()


def privacy_of(attribute: AttributeDescriptor) -> Privacy:
    """By class and logical name. What only the maker knows is taken to be personal."""
    member = attribute.class_id, attribute.attribute
    if member in _SECRETS:
        return Privacy.SECRET
    if member in _PERSONAL:
        return Privacy.PERSONAL
    if attribute.class_id == 1 and attribute.attribute == 2 and _names_somebody(attribute.obis):
        return Privacy.PERSONAL
    return Privacy.OPEN


def _names_somebody(obis: Obis) -> bool:
    c, d = obis.c, obis.d
    if max(c, d, obis.e) >= FIRST_OF_MAKERS or c == _COUNTRY:
        return True
    if obis.a == 0:
        return (c, d) in ((42, 0), (96, 1), (96, 13)) or c == 0
    return (c, d) in ((0, 0), (96, 1))
