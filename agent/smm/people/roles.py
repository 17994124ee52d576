"""What each group may do. Everybody with access may look at everything within their tag, except the audit."""

from collections.abc import Mapping
from enum import StrEnum

from agent.domain.group import ADMINISTRATOR_GROUP, AUDITOR_GROUP, ENGINEER_GROUP, MOBILE_GROUP, OPERATOR_GROUP

GROUPS = (MOBILE_GROUP, OPERATOR_GROUP, ENGINEER_GROUP, ADMINISTRATOR_GROUP, AUDITOR_GROUP)


class Right(StrEnum):
    """What a page may ask of a visitor: to create orders, decide outcomes, approve charges and so on."""

    ORDER = "order"
    SETTLE = "settle"
    APPROVE = "approve"
    CATALOGUE = "catalogue"
    IMPORT = "import"
    TABLETS = "tablets"
    PARCELS = "parcels"
    USERS = "users"
    AUDIT = "audit"


_OPERATOR = frozenset({Right.ORDER, Right.SETTLE, Right.APPROVE, Right.PARCELS})
_RIGHTS: Mapping[str, frozenset[Right]] = {
    OPERATOR_GROUP: _OPERATOR,
    ENGINEER_GROUP: _OPERATOR | {Right.CATALOGUE, Right.IMPORT, Right.TABLETS},
    ADMINISTRATOR_GROUP: frozenset(Right),
    AUDITOR_GROUP: frozenset({Right.AUDIT}),
}


def may(group: str, right: Right) -> bool:
    """Whether the group has the right."""
    return right in _RIGHTS.get(group, ())
