"""Refuses a Python that is too old for the rest. Old Pythons can parse this file; both front doors call it first."""

import sys

OLDEST = (3, 11)


def refuse() -> None:
    """Ends the process with exit code 2 under an old Python."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        print("ePlus Mobile needs Python 3.11 or newer; this is {}.".format(found), file=sys.stderr)  # noqa: UP032
        sys.exit(2)
