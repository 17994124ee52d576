"""`eplus run`: the agent of a tablet, and its window."""

from pathlib import Path

import click

from agent.commands.errors import plain_errors
from agent.commands.options import DATA, NO_WINDOW, PORT
from agent.compose import run_agent
from agent.config import read_settings


@click.command()
@click.option("--kiosk", is_flag=True, help="Full screen, nothing else reachable.")
@NO_WINDOW
@click.option("--smm", "smm_url", metavar="URL", help="Address of SMM ePlus.")
@PORT
@DATA
@plain_errors
def run(kiosk: bool, no_window: bool, smm_url: str | None, port: int | None, data: Path | None) -> None:
    """The agent of a tablet, and its window."""
    run_agent(read_settings(data=data, smm_url=smm_url, port=port), window=not no_window, kiosk=kiosk)
