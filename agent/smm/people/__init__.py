"""Who is let in and what they may do: users, technicians on tablets, other systems."""
