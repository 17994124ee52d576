"""The user groups of the utility, as SMM stores and shows them."""

MOBILE_GROUP = "Mobile User Group"
OPERATOR_GROUP = "Operator"
ENGINEER_GROUP = "Engineer"
ADMINISTRATOR_GROUP = "Administrator"
AUDITOR_GROUP = "Auditor"
