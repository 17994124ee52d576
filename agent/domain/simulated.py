"""How a simulated meter is told from a real one."""

SIMULATED = "EPL"
"""What the logical device name of a simulated meter begins with."""
