"""Who has access and what they may do: users, technicians on tablets, other systems."""
