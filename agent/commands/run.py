"""`eplus run`: the agent of a tablet, and its window."""

from typing import Any

import click

from agent.commands.errors import plain_errors
from agent.commands.options import DATA, FILE, NO_WINDOW, PORT
from agent.compose import run_agent
from agent.config import read_settings


@click.command()
@click.option("--kiosk", is_flag=True, help="Full screen, nothing else reachable.")
@NO_WINDOW
@click.option("--smm", "smm_url", metavar="URL", help="Address of SMM ePlus, https://…")
@click.option("--smm-ca", type=FILE, help="Certificates (PEM) that alone vouch for SMM.")
@click.option("--smm-pin", metavar="SHA256", help="Digest of the key that SMM must have: base64 or hex.")
@PORT
@DATA
@plain_errors
def run(kiosk: bool, no_window: bool, **chosen: Any) -> None:
    """The agent of a tablet, and its window."""
    run_agent(read_settings(**chosen), window=not no_window, kiosk=kiosk)
