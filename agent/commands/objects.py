"""`eplus objects`: what a meter says that it has, in the standard's words."""

import asyncio
from pathlib import Path
from typing import Any

import click

from agent.commands.association import AssociationOptions, association_options
from agent.commands.errors import CULTURE, plain_errors
from agent.commands.options import DATA, LINK, MODEL, say
from agent.config import MODELS_FOLDER, read_settings
from agent.dlms.cosem.classes import attribute_name, interface_class, method_name
from agent.dlms.cosem.objects import ListedObject
from agent.domain.errors import InputError
from agent.domain.table import Table, csv_lines
from agent.drivers.choose import DriverParts, dlms_driver
from agent.drivers.session import Watcher
from agent.drivers.system_clock import SystemClock
from agent.drivers.traced_link import open_traced_link
from agent.link import parse_link
from agent.meters import ReadoutModel, load_model
from agent.procedures.association_view import association_view
from agent.store.counters import COUNTERS_FILE, Counters

COLUMNS = ("class", "version", "logical name", "interface class", "readable", "writable", "methods")
TITLE = "Object list"


@click.command()
@LINK
@MODEL
@association_options
@DATA
@plain_errors
def objects(link_url: str, model: str, data: Path | None, **association: Any) -> None:
    """What the meter behind a link has: the list of objects of its association."""
    table = read_objects(link_url, model, AssociationOptions(**association), read_settings(data=data).data)
    for line in csv_lines(table, CULTURE):
        click.echo(line, nl=False)


def read_objects(link_url: str, model_name: str, options: AssociationOptions, data: Path) -> Table:
    """The list of the meter behind a link, one row an object; `data` is the folder of everything kept.

    Raises:
        EplusError: input, link, protocol or refusal.
    """
    address, model = parse_link(link_url), load_model(model_name, data / MODELS_FOLDER)
    if isinstance(model, ReadoutModel):
        raise InputError(code="not-supported", what=TITLE)
    watcher = Watcher(step=lambda _: None, log=say, expert=lambda _: None)
    counters = Counters(data / COUNTERS_FILE)
    parts = DriverParts(counters, SystemClock(), watcher, address.mode_e, transport=address.transport)
    driver = dlms_driver(model, options.association, parts)

    async def work() -> tuple[ListedObject, ...]:
        async with open_traced_link(address, data) as link:
            return await driver.run(association_view, TITLE, link)

    return Table(COLUMNS, [_row(listed) for listed in asyncio.run(work())])


def _row(listed: ListedObject) -> tuple[str | int, ...]:
    known = interface_class(listed.class_id, listed.version)
    return (
        listed.class_id,
        listed.version,
        str(listed.obis),
        known.name if known else "?",
        ", ".join(_attribute(listed, number) for number in listed.attributes if listed.may_read(number)),
        ", ".join(_attribute(listed, number) for number in listed.attributes if listed.may_write(number)),
        ", ".join(_method(listed, number) for number in listed.methods if listed.may_invoke(number)),
    )


def _attribute(listed: ListedObject, number: int) -> str:
    return f"{number} {attribute_name(listed.class_id, number, listed.version) or ''}".strip()


def _method(listed: ListedObject, number: int) -> str:
    return f"{number} {method_name(listed.class_id, number, listed.version) or ''}".strip()
