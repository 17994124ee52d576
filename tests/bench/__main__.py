"""`python3 -m tests.bench [PART…] [--json FILE]`: one table; exit code 1 where a goal is not met.

`evening`, a national one, takes minutes: it is run where it is asked for by name.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from agent import old_python

old_python.refuse()

from agent import bootstrap  # noqa: E402

EXTRA = "test"


def main() -> int:
    if not bootstrap.is_ready(EXTRA):
        return bootstrap.hand_over("tests.bench", EXTRA, sys.argv[1:])
    from tests.bench import decoding, imports, link, settling, tablet
    from tests.bench.figure import Figure, table
    from tests.bench.smm import claims, intake, reports
    from tests.interop import peers

    parts: dict[str, Callable[[], list[Figure]]] = {
        "rows": decoding.rows,
        "frames": decoding.frames,
        "imports": imports.imports,
        "profiles": link.profiles,
        "losses": link.losses,
        "registers": link.registers,
        "settling": settling.settling,
        "drain": tablet.drain,
        "lists": tablet.lists,
        "intake": intake.intake,
        "claims": claims.claims,
        "reports": reports.reports,
    }
    long_parts = {"evening": intake.evening}
    arguments = _arguments([*parts, *long_parts])
    peers.make_sure()
    wanted = arguments.parts or parts
    figures = [figure for name in wanted for figure in {**parts, **long_parts}[name]()]
    print(table(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    return 1 if any(figure.met is False for figure in figures) else 0


def _arguments(parts: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
