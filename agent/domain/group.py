"""The user groups of the utility, by the names that the manual gives them."""

MOBILE_GROUP = "Mobile User Group"
OPERATOR_GROUP = "Operator"
ADMINISTRATOR_GROUP = "Administrator"
