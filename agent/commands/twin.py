"""`eplus twin`: a meter recorded into a file that plays it again, and a recorded trace answered octet by octet."""

import asyncio
from pathlib import Path
from typing import Any

import click

from agent.commands.association import AssociationOptions, association_options
from agent.commands.errors import plain_errors
from agent.commands.options import DATA, FILE, LINK, MODEL, NEW_FILE, say
from agent.config import MODELS_FOLDER, read_settings
from agent.domain.errors import InputError
from agent.drivers.choose import DriverParts, dlms_driver
from agent.drivers.observed_link import ObservedLink
from agent.drivers.session import Watcher
from agent.drivers.system_clock import SystemClock
from agent.drivers.traced_link import open_traced_link
from agent.drivers.twin_visit import TITLE, TwinVisit, secrets_of
from agent.link import parse_link
from agent.link.address import SerialAddress
from agent.meters import ReadoutModel, load_model
from agent.meters.twin.clean import clean
from agent.meters.twin.file import write_twin
from agent.meters.twin.model import Twin
from agent.procedures.dialogue import Step
from agent.procedures.twin import Recording
from agent.simulator.command import host_and_port
from agent.simulator.twin.command import run_replay
from agent.store.counters import COUNTERS_FILE, Counters


@click.group()
def twin() -> None:
    """Record a meter, and play it again where it is not."""


@twin.command()
@LINK
@MODEL
@association_options
@click.option("--rows", type=click.IntRange(2, 100_000), help="Of each profile; default: those of a day.")
@click.option("-o", "--output", "file", type=NEW_FILE, required=True, help="The file, e.g. meter.twin.")
@DATA
@plain_errors
def record(link_url: str, model: str, rows: int | None, file: Path, data: Path | None, **association: Any) -> None:
    """Read all that a meter gives, and how it answers, into a file; secrets and personal values in it are made up."""
    folder = read_settings(data=data).data
    recorded, text = record_twin(link_url, model, rows, AssociationOptions(**association), folder)
    write_twin(file, text)
    refused = sum(1 for outcome in recorded.answers.values() if not hasattr(outcome, "tag"))
    click.echo(f"{len(recorded.answers)} attributes, of which {refused} were not given: {file}")


@twin.command()
@click.argument("trace", type=FILE)
@click.option("--tcp", required=True, metavar="HOST:PORT", help="Where to listen; port 0 draws one.")
@click.option("--fast", is_flag=True, help="Answer at once, not after the recorded time.")
@plain_errors
def replay(trace: Path, tcp: str, fast: bool) -> None:
    """Answer a recorded trace octet by octet, until Ctrl-C; says where a request is another one."""
    run_replay(trace, *host_and_port(tcp), say=click.echo, fast=fast)


def record_twin(
    link_url: str, model_name: str, rows: int | None, options: AssociationOptions, data: Path
) -> tuple[Twin, str]:
    """The twin of the meter behind a link, and its text, both without anything private.

    Raises:
        EplusError: input, link, protocol or refusal; `twin-not-clean`.
    """
    address, model = parse_link(link_url), load_model(model_name, data / MODELS_FOLDER)
    if isinstance(model, ReadoutModel):
        raise InputError(code="not-supported", what=TITLE)
    clock, visit = SystemClock(), TwinVisit(Recording(model, rows))
    visit.observed.baud = address.baud if isinstance(address, SerialAddress) else None
    watcher = Watcher(step=_no_step, log=say, expert=visit.expert, opened=visit.opened)
    counters = Counters(data / COUNTERS_FILE)
    parts = DriverParts(counters, clock, watcher, mode_e=address.mode_e, transport=address.transport)
    driver = dlms_driver(model, options.association, parts)

    async def work() -> None:
        async with open_traced_link(address, data) as link:
            await visit.run(driver, ObservedLink(link, clock, visit.observed))

    asyncio.run(work())
    return clean(visit.twin(driver.association, clock.now()), secrets_of(driver.association))


def _no_step(_step: Step) -> None:
    pass
