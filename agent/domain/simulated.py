"""How to tell a simulated meter from a real one."""

SIMULATED = "EPL"
"""What the logical device name of a simulated meter begins with."""
