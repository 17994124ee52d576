"""The user groups of the utility. Three names are the manual's: Mobile User Group, Operator, Administrator."""

MOBILE_GROUP = "Mobile User Group"
OPERATOR_GROUP = "Operator"
ENGINEER_GROUP = "Engineer"
ADMINISTRATOR_GROUP = "Administrator"
AUDITOR_GROUP = "Auditor"
