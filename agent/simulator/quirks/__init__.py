"""Meters as they really are: each oddity of the field is a switch of a simulated meter, and switches combine."""

from agent.simulator.quirks.combined import FAMILIES, NO_QUIRKS, QUIRKS, Quirks

__all__ = ["FAMILIES", "NO_QUIRKS", "QUIRKS", "Quirks"]
