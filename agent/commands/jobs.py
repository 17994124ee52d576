"""`eplus jobs`: what this tablet has done and SMM has not received yet."""

import json
from pathlib import Path

import click

from agent.commands.errors import plain_errors
from agent.commands.options import DATA, JSON
from agent.compose import pending_jobs
from agent.config import read_settings


@click.command()
@DATA
@JSON
@plain_errors
def jobs(data: Path | None, as_json: bool) -> None:
    """The jobs of this tablet that SMM has not received yet."""
    records = pending_jobs(read_settings(data=data))
    if as_json:
        click.echo(json.dumps({"jobs": records}, ensure_ascii=False))
        return
    for record in records:
        click.echo("  ".join(str(cell) for cell in record.values()))
