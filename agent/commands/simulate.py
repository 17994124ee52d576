"""`eplus simulate`: a simulated meter on a socket."""

from typing import Any

import click

from agent.commands.association import AUTHENTICATIONS, PROTECTIONS
from agent.commands.errors import plain_errors, require
from agent.commands.options import FILE, NEW_FILE
from agent.simulator.command import SimulatorOptions, run_simulator
from agent.simulator.quirks import FAMILIES

_ODDITIES = ["none", "empty", "corrupt", "clock-invalid", "daylight-saving", "set-back", "set-forward"]


def list_quirks(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Prints the name of each quirk with its words, and ends the command."""
    if wanted:
        for family, quirks in FAMILIES.items():
            click.echo(f"{family}:")
            for quirk in quirks:
                click.echo(f"  {quirk.name:24}{quirk.words}")
        context.exit()


@click.command()
@click.option("--tcp", required=True, metavar="HOST:PORT", help="Where to listen; port 0 draws one.")
@click.option("--model", type=click.Choice(["cerm1", "cert1", "generic"]), default="cerm1", show_default=True)
@click.option("--serial", default="UAAEEDN11200129695", show_default=True)
@click.option("--baud", type=click.IntRange(300, 921_600), default=9600, show_default=True)
@click.option("--turnaround-ms", type=click.IntRange(0, 10_000), default=60, show_default=True)
@click.option("--fast", is_flag=True, help="Answer at once, not at the baud rate.")
@click.option("--max-info", type=click.IntRange(32, 2030), default=128, show_default=True)
@click.option("--window", type=click.IntRange(1, 7), default=1, show_default=True)
@click.option("--max-pdu", type=click.IntRange(12, 65535), default=1024, show_default=True)
@click.option("--block-size", type=click.IntRange(32, 65535), help="Largest APDU with a block that it sends.")
@click.option("--general-blocks", is_flag=True, help="Offer general block transfer.")
@click.option("--compression", type=click.Choice(["none", "null", "delta", "compact"]), default="none")
@click.option("--signon", type=click.Choice(["none", "mode-e", "mode-c"]), default="none", show_default=True)
@click.option("--wrapper", is_flag=True, help="The TCP wrapper instead of HDLC.")
@click.option(
    "--gateway", multiple=True, metavar="NETWORK/ADDRESS=SERIAL", help="Forward to this meter too; repeatable."
)
@click.option("--auth", type=click.Choice(AUTHENTICATIONS), help="Of client 1; default: lls.")
@click.option("--secret-file", type=FILE, help="Password of client 1, or secret of an HLS that hashes.")
@click.option("--keys", type=FILE, help="Keys of client 1, JSON as for `job`; system_title is the meter's.")
@click.option("--suite", type=click.Choice(["0", "1", "2"]), default="0", show_default=True)
@click.option("--security", type=click.Choice(PROTECTIONS), default="none", show_default=True)
@click.option("--loss", type=click.FloatRange(0, 1), default=0.0, help="Share of frames that are lost.")
@click.option("--corrupt", type=click.FloatRange(0, 1), default=0.0, help="Share of frames with a wrong bit.")
@click.option("--seed", type=int, default=0, help="Seed of loss and corruption.")
@click.option("--ledger", type=NEW_FILE, help="File of what the meter did, kept over its restarts.")
@click.option("--control-mode", type=click.IntRange(0, 6), default=4, show_default=True, help="Of its breaker.")
@click.option("--token-gateway/--no-token-gateway", default=True)
@click.option("--channels", type=click.Choice(["2", "4"]), default="2", show_default=True, help="Of the load profile.")
@click.option("--oddity", type=click.Choice(_ODDITIES), default="none", show_default=True, help="Of the load profile.")
@click.option("--quirk", multiple=True, metavar="NAME", help="Something that meters in the field do; may be repeated.")
@click.option(
    "--quirks", is_flag=True, is_eager=True, expose_value=False, callback=list_quirks, help="List all quirks."
)
@click.option("--twin", type=FILE, help="Play this recorded meter instead; most other options are the recording's.")
@plain_errors
def simulate(**options: Any) -> None:
    """A simulated meter on a TCP socket, until Ctrl-C; with --gateway, one that forwards to others."""
    require("--wrapper", options["signon"] == "none" or not options["wrapper"])
    run_simulator(SimulatorOptions(**options), say=click.echo)
