"""`eplus export`: what SMM has not received, in a file that only SMM can open."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from agent.commands.errors import plain_errors
from agent.commands.options import DATA, JSON
from agent.config import read_settings
from agent.domain.parcel import Parcel
from agent.store.packing import pack, reading, save
from agent.store.reserve import Reserve


@click.command()
@DATA
@click.option("--to", type=click.Path(path_type=Path), help="File (NAME.eplus) or folder; default: the folder of CSVs.")
@JSON
@plain_errors
def export(data: Path | None, to: Path | None, as_json: bool) -> None:
    """Writes what SMM has not received to a file, sealed to SMM: to be imported on another tablet or in SMM.

    It needs no login, the agent may be running, and the folder may be that of a broken tablet. Nothing is changed: what
    is exported still waits here, and SMM takes each job once, whichever way it comes first.
    """
    settings = read_settings(data=data)
    reserve = Reserve(settings.data)
    parcels = reserve.with_room(lambda: _packed(settings.data))
    files = reserve.with_room(lambda: save(parcels, to or settings.csv_folder))
    counts = [parcel.head.count for parcel in parcels]
    if as_json:
        click.echo(json.dumps({"files": [str(file) for file in files], "count": sum(counts)}, ensure_ascii=False))
        return
    for file, count in zip(files, counts, strict=True):
        click.echo(f"{count} envelopes in {file}")
    if not files:
        click.echo("nothing waits")


def _packed(folder: Path) -> list[Parcel]:
    with reading(folder) as db:
        return pack(db, datetime.now(UTC))
