"""Says so where Python is too old for the rest. Written so that old Pythons can read it; both front doors ask first."""

import sys

OLDEST = (3, 11)


def refuse() -> None:
    """Ends the process with exit code 2 under an old Python."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        print("ePlus Mobile needs Python 3.11 or newer; this is {}.".format(found), file=sys.stderr)  # noqa: UP032
        sys.exit(2)
