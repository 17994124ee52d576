"""`eplus doctor`: what may be wrong on this machine, the trace of a link, and the check of a meter model."""

import asyncio
import json
import sys
from pathlib import Path

import click

from agent.commands.errors import plain_errors
from agent.commands.examination import Finding, examine
from agent.commands.options import DATA, FILE, JSON, NEW_FILE
from agent.config import read_settings
from agent.drivers.traced_link import new_trace
from agent.meters import checkup, read_model_file


@click.group(invoke_without_command=True)
@click.option("--seconds", type=click.FloatRange(0, 60), default=5.0, show_default=True, help="How long to scan.")
@JSON
@DATA
@click.pass_context
@plain_errors
def doctor(context: click.Context, seconds: float, as_json: bool, data: Path | None) -> None:
    """Looks for what is wrong, and says what to do: program, data, store, Bluetooth, probes around, serial ports.

    Exit code 3 where something is wrong that a technician would notice.
    """
    if context.invoked_subcommand is not None:
        return
    findings = asyncio.run(_look(data, seconds, as_json=as_json))
    if as_json:
        click.echo(json.dumps({"findings": [finding.as_json() for finding in findings]}, ensure_ascii=False))
    if any(finding.verdict == "wrong" for finding in findings):
        sys.exit(3)


async def _look(data: Path | None, seconds: float, *, as_json: bool) -> list[Finding]:
    found = []
    async for finding in examine(read_settings(data=data), seconds):
        found.append(finding)
        if not as_json:
            click.echo(f"{finding.verdict:6}{finding.part:16}{finding.text}")
    return found


@doctor.command()
@click.option("--on", "turn", flag_value="on", help="Trace every octet of the jobs that begin from now on.")
@click.option("--off", "turn", flag_value="off", help="Stop tracing; what was traced is kept.")
@click.option("--clear", is_flag=True, help="Throw away what was traced.")
@click.option("--export", type=NEW_FILE, help="Write what was traced to this file.")
@DATA
@plain_errors
def trace(turn: str | None, clear: bool, export: Path | None, data: Path | None) -> None:
    """What went over the link, octet by octet with its time; passwords, keys and readings are hidden in it.

    The agent may be running. The trace holds some megabytes at most, the newest.
    """
    kept = new_trace(read_settings(data=data).data)
    if turn is not None:
        kept.turn(on=turn == "on")
    if clear:
        kept.clear()
    text = kept.text()
    if export is not None:
        export.write_text(text, encoding="utf-8")
    click.echo(f"trace is {'on' if kept.is_on else 'off'}; {len(text.splitlines())} lines kept")


@doctor.command()
@click.argument("file", type=FILE)
@JSON
@plain_errors
def model(file: Path, as_json: bool) -> None:
    """Checks a meter model's FILE, and says what can be done with such a meter.

    A utility's own models are files in the folder `models` of the agent's data.
    """
    checked = read_model_file(file)
    checks = checkup(checked)
    if as_json:
        activities = [
            {"activity": each.activity.value, "can": each.can_be_done, "lacks": each.lacks, "notes": each.notes}
            for each in checks
        ]
        click.echo(json.dumps({"model": checked.name, "title": checked.title, "activities": activities}))
        return
    click.echo(f"{checked.name}: {checked.title}")
    for each in checks:
        why = "; ".join([*(f"needs {key}" for key in each.lacks), *each.notes])
        click.echo(f"{'yes' if each.can_be_done else 'no':4}{each.activity.label:30}{why}".rstrip())
