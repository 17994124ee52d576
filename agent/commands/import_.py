"""`eplus import`: what another tablet has exported is sent to SMM by this one."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from agent.commands.errors import plain_errors
from agent.commands.options import DATA, FILE, JSON
from agent.config import read_settings
from agent.domain.errors import InputError
from agent.domain.parcel import MAX_FILE, read_parcel
from agent.store import CanWait, Store, parcels
from agent.store.errors import storage_errors


@click.command(name="import")
@click.argument("file", type=FILE)
@DATA
@JSON
@plain_errors
def import_(file: Path, data: Path | None, as_json: bool) -> None:
    """Keeps FILE, which another tablet has exported, on this one: the next SYNC sends it to SMM.

    The agent may be running. The same file again changes nothing.
    """
    folder = read_settings(data=data).data
    with storage_errors(file.parent):
        if file.stat().st_size > MAX_FILE:
            raise InputError(code="parcel-too-large")
        parcel = read_parcel(file.read_bytes())
    is_new = parcels.put(folder, parcel)
    _take_in(folder)
    head = parcel.head
    if as_json:
        content = {"parcel": head.id, "device": head.device, "count": head.count, "new": is_new}
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    what = f"{head.count} envelopes of {head.device}"
    click.echo(f"{what}: press SYNC to send them" if is_new else f"{what} were imported before")


def _take_in(folder: Path) -> None:
    """A running agent does it itself, before it sends."""
    try:
        store = Store.open(folder)
    except InputError:
        return
    try:
        files = parcels.put_here(folder)
        store.writer.submit(CanWait(lambda db: parcels.take_in(db, files, datetime.now(UTC)))).result()
        store.writer.submit(lambda db: parcels.take_away(db, files)).result()
    finally:
        store.close()
