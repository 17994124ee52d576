"""Front door: `python -m agent …`. From a bare checkout it makes everything ready first."""

import sys

from agent import old_python

EXTRA = "demo"


def main() -> None:
    """Runs the command with everything that it needs."""
    old_python.refuse()
    from agent import bootstrap

    if bootstrap.is_checkout() and not bootstrap.is_ready(EXTRA):
        sys.exit(bootstrap.hand_over("agent", EXTRA, sys.argv[1:]))
    from agent.commands.main import main as command

    command()


if __name__ == "__main__":
    main()
