"""What a meter says that it has: its association's list of objects, in the standard's words."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from agent.config import MODELS_FOLDER
from agent.dlms.cosem.classes import attribute_name, interface_class, method_name
from agent.dlms.cosem.objects import ListedObject
from agent.domain.errors import InputError
from agent.domain.table import Table
from agent.drivers.association import AssociationOptions, association_of_options
from agent.drivers.clock import SystemClock
from agent.drivers.counters import SessionRunner
from agent.drivers.line import open_line
from agent.drivers.session import Watcher
from agent.link import parse_link
from agent.meters import ReadoutModel, load_model
from agent.procedures.association_view import association_view
from agent.store.counters import COUNTERS_FILE, Counters

COLUMNS = ("class", "version", "logical name", "interface class", "readable", "writable", "methods")
TITLE = "Object list"


def read_objects(
    link_url: str,
    model_name: str,
    options: AssociationOptions,
    data: Path,
    say: Callable[[str], None],
) -> Table:
    """The list of the meter behind a link, one row an object; `data` is the folder of everything kept.

    Raises:
        EplusError: input, link, protocol or refusal.
    """
    address, model = parse_link(link_url), load_model(model_name, data / MODELS_FOLDER)
    if isinstance(model, ReadoutModel):
        raise InputError(code="not-supported", what=TITLE)
    watcher = Watcher(step=lambda _: None, log=say, expert=lambda _: None)
    conductor = SessionRunner(Counters(data / COUNTERS_FILE), SystemClock(), watcher, mode_e=address.mode_e)
    association = association_of_options(model, options)

    async def work() -> tuple[ListedObject, ...]:
        async with open_line(address, data) as link:
            return await conductor.run(association_view, association, model, link, TITLE)

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
