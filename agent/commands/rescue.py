"""`eplus rescue`: what can be had of the data folder of a broken tablet, and a mended folder made of it."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from agent.commands.errors import CULTURE, plain_errors, require
from agent.commands.options import JSON
from agent.domain.words import plain_code
from agent.store.rescue import Inspection, RescueReport, look, write_mended

FOLDER = click.Path(path_type=Path, file_okay=False)
A_PERSON_DECIDES = 7

_NEXT = {
    "healthy": "nothing has to be done",
    "mend": "ePlus Mobile mends it at its next start; --into writes a mended folder",
}


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--into", type=FOLDER, help="Write a mended folder here; it must be empty or new.")
@click.option("--new-tablet", is_flag=True, help="With --into: as a new tablet, which has to be approved in SMM.")
@JSON
@plain_errors
def rescue(folder: Path, into: Path | None, new_tablet: bool, as_json: bool) -> None:
    """Looks at the data FOLDER of a tablet, and says what is there, what is lost, and what would be done.

    FOLDER itself is never changed. Exit code 7, where it cannot be that tablet again: its identity, or the key of it,
    is not there.
    """
    require("new-tablet", into is not None or not new_tablet)
    if into is None:
        found, counts = look(folder)
        content = _as_json(found, counts)
        _say(content, _looked(found, counts), as_json=as_json)
        if found.verdict == "ask":
            sys.exit(A_PERSON_DECIDES)
        return
    report = write_mended(folder, into, datetime.now(UTC), new_tablet=new_tablet)
    _say({"into": str(into), **report.as_json()}, _written(report, into), as_json=as_json)


def _say(content: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    click.echo(json.dumps(content, ensure_ascii=False) if as_json else "\n".join(lines))


def _as_json(found: Inspection, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "code": found.code or None,
        "device": found.identity.device_id if found.identity else None,
        "database": found.database,
        "trouble": found.trouble or None,
        "copy": found.has_copy,
        "key": found.has_key,
        "found": counts,
    }


def _looked(found: Inspection, counts: dict[str, int]) -> list[str]:
    if found.verdict == "ask":
        following = f"{plain_code(found.code, {}, CULTURE)} --into with --new-tablet saves the work."
    else:
        following = _NEXT[found.verdict]
    database = f"{found.database} ({found.trouble})" if found.trouble else found.database
    return [
        f"database     {database}",
        f"second copy  {'there' if found.has_copy else 'missing'}",
        f"key          {'there' if found.has_key else 'missing, or kept by the operating system'}",
        f"tablet       {found.identity.device_id if found.identity else 'unknown'}",
        f"work         {_counted(counts)}",
        following,
    ]


def _written(report: RescueReport, into: Path) -> list[str]:
    lines = [f"{into}: {_counted(dict(report.saved))}"]
    for row in report.lost:
        known = {"number": row.sequence, "job": row.job, "activity": row.activity, "meter": row.serial}
        lines.append("lost: " + row.table + "".join(f", {name} {value}" for name, value in known.items() if value))
    return lines


def _counted(counts: dict[str, int]) -> str:
    return f"{counts['jobs']} jobs, {counts['outbox']} envelopes, {counts['waiting']} of them wait for SMM"
