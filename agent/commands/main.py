"""The `eplus` command. Errors are one line in plain words on stderr, and one JSON object with `--json`."""

import json
import os
import sys
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import Any, NoReturn

import click

from agent.domain.errors import EplusError, InputError
from agent.domain.words import plain

CULTURE = "en"
_AUTHENTICATIONS = ["none", "lls", "hls-md5", "hls-sha1", "hls-gmac", "hls-sha256"]
_ODDITIES = ["none", "empty", "corrupt", "clock-invalid", "daylight-saving", "set-back", "set-forward"]
_PROTECTIONS = ["none", "auth", "enc", "auth-enc"]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def main() -> None:
    """Entry point of `eplus` and `python -m agent`."""
    try:
        cli(prog_name="eplus")
    except EplusError as error:
        fail(error, as_json=False)


class _Lazy(click.Group):
    """SMM's commands are loaded when they are asked for: a tablet does not even have what they need."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), "smm"])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name == "smm":
            from agent.smm.commands import smm

            return smm
        return super().get_command(context, name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="eplus-mobile")
def cli() -> None:
    """ePlus Mobile: read and operate electricity meters through an optical probe, offline first."""


def plain_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Turns our errors into words and exit codes."""

    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except EplusError as error:
            fail(error, as_json=bool(options.get("as_json")))

    return update_wrapper(run, command)


def fail(error: EplusError, *, as_json: bool) -> NoReturn:
    words = str(plain(error, CULTURE))
    click.echo(words, err=True)
    if as_json:
        content = {"code": error.code, "message": words, "retryable": error.retryable}
        click.echo(json.dumps({"error": content}, ensure_ascii=False))
    sys.exit(error.exit_code)


# ── the tablet ───────────────────────────────────────────────────────────────────────────────────

_DATA = click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Folder for everything kept.")
_PORT = click.option("--port", type=click.IntRange(1, 65535), help="Port of the page; drawn once and kept.")


@cli.command()
@click.option("--no-window", is_flag=True, help="Open no window and no browser.")
@_PORT
@_DATA
@click.option("--fast", is_flag=True, help="Meters answer at once, not at 9,600 baud.")
@plain_errors
def demo(no_window: bool, port: int | None, data: Path | None, fast: bool) -> None:
    """SMM, simulated meters and Birds, the agent and its page, all on this machine."""
    from agent.commands.demo import run_demo

    run_demo(data=data, port=port, fast=fast, window=not no_window)


@cli.command()
@click.option("--kiosk", is_flag=True, help="Full screen, nothing else reachable.")
@click.option("--no-window", is_flag=True, help="Open no window and no browser.")
@click.option("--smm", "smm_url", metavar="URL", help="Address of SMM ePlus.")
@_PORT
@_DATA
@plain_errors
def run(kiosk: bool, no_window: bool, smm_url: str | None, port: int | None, data: Path | None) -> None:
    """The agent of a tablet, and its window."""
    from agent.compose import run_agent
    from agent.config import read_settings

    run_agent(read_settings(data=data, smm_url=smm_url, port=port), window=not no_window, kiosk=kiosk)


# ── one job, without page and SMM ────────────────────────────────────────────────────────────────


_LINK = click.option(
    "--link", "link_url", required=True, metavar="URL", help="ble://ADDRESS, serial://PORT or tcp://HOST:PORT"
)
_MODEL = click.option("--model", default="generic", show_default=True, help="Meter model.")
_ASSOCIATION = (
    click.option("--client-sap", type=click.IntRange(0, 0x3FFF)),
    click.option("--server-sap", type=click.IntRange(0, 0x3FFF)),
    click.option("--physical", type=click.IntRange(0, 0x3FFF), help="Physical HDLC address."),
    click.option("--address-size", type=click.Choice(["1", "2", "4"]), default="1", show_default=True),
    click.option("--auth", type=click.Choice(_AUTHENTICATIONS), help="Default: the model's, where there is a secret."),
    click.option("--secret-file", type=_FILE, help="Password of LLS, or secret of an HLS that hashes."),
    click.option(
        "--keys", type=_FILE, help="JSON, in hex: encryption_key, authentication_key, dedicated_key?, system_title."
    ),
    click.option("--suite", type=click.Choice(["0", "1", "2"]), help="Security suite."),
    click.option("--security", type=click.Choice(_PROTECTIONS), help="Default: the model's, where there are keys."),
    click.option("--max-info", type=click.IntRange(32, 2030), help="HDLC information field, octets."),
    click.option("--window", type=click.IntRange(1, 7), help="HDLC frames in a row."),
    click.option("--max-pdu", type=click.IntRange(12, 65535), help="Largest APDU that we take, octets."),
)


def association_options(command: Callable[..., None]) -> Callable[..., None]:
    """How to associate with the meter; what is not said, its model decides."""
    for option in reversed(_ASSOCIATION):
        command = option(command)
    return command


@cli.command()
@click.argument("activity")
@_LINK
@click.option("--serial", metavar="SN", help="Stop unless the meter says that this is its serial number.")
@_MODEL
@association_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--csv", "csv_path", type=click.Path(dir_okay=False, path_type=Path), help="Save the result as CSV.")
@click.option("--from", "first", metavar="ISO", help="First moment of a load profile or event log; local time.")
@click.option("--to", "last", metavar="ISO", help="Last moment; now, if it is not given.")
@click.option("--info", is_flag=True, help="Of a load profile, only what it captures and holds.")
@click.option("--reason", help="Of a disconnect.")
@click.option("--set", "set_clock", is_flag=True, help="Set the clock, where it is 5 s or more out.")
@click.option("--far-off", is_flag=True, help="Set it also where it is more than 600 s out.")
@click.option("--order", type=click.IntRange(1), metavar="ID", help="Do this work order, which the tablet has claimed.")
@click.option("--check", is_flag=True, help="Of an order whose outcome is not known: find out at the meter.")
@click.option("--user", metavar="NAME", help="Who does the order; the password is asked for, or in EPLUS_PASSWORD.")
@click.option("--lab", is_flag=True, help="Without an order, at a simulated meter; any other is refused.")
@click.option("--amount", metavar="WH", help="Of a credit-charge in the lab.")
@click.option("--profile", metavar="NAME", help="Of a prepay-config in the lab, from the sample.")
@click.option("--tariff", metavar="NAME", help="Of a change in the lab, from the sample.")
@click.option("--contract", metavar="NAME", help="Of a change in the lab, from the sample.")
@_DATA
@plain_errors
def job(
    activity: str,
    link_url: str,
    serial: str | None,
    model: str,
    as_json: bool,
    csv_path: Path | None,
    first: str | None,
    last: str | None,
    info: bool,
    reason: str | None,
    set_clock: bool,
    far_off: bool,
    order: int | None,
    check: bool,
    user: str | None,
    lab: bool,
    amount: str | None,
    profile: str | None,
    tariff: str | None,
    contract: str | None,
    data: Path | None,
    **association: Any,
) -> None:
    """Do ACTIVITY (e.g. reading) at the meter behind a link."""
    from agent.commands.lab import LabRequest
    from agent.commands.ordered import Credentials, do_order
    from agent.commands.unordered import JobOptions, run_job
    from agent.config import read_settings
    from agent.domain.activity import parse_activity
    from agent.domain.moments import parse_moment
    from agent.domain.prepayment import parse_amount
    from agent.domain.table import Table, csv_file
    from agent.drivers.association import AssociationOptions

    def save(table: Table) -> None:
        if csv_path:
            csv_path.write_bytes(csv_file(table, CULTURE))

    def say(line: str) -> None:
        click.echo(line, err=True)

    settings = read_settings(data=data)
    wish = LabRequest(None if amount is None else parse_amount(amount), profile, tariff, contract)
    _require("--lab", lab or wish == LabRequest())
    _require("--order", order is not None or not (check or user))
    options = JobOptions(
        serial,
        model,
        AssociationOptions(**association),
        settings.data,
        settings.models,
        first=parse_moment(first, "--from") if first else None,
        last=parse_moment(last, "--to") if last else None,
        info=info,
        reason=reason,
        set_clock=set_clock,
        far_off=far_off,
        lab=wish if lab else None,
    )
    if order is None:
        report = run_job(activity, link_url, options, say=say, rescue=save)
    else:
        _require("--user", user is not None)
        technician = Credentials(
            user or "", os.environ.get("EPLUS_PASSWORD") or click.prompt("Password", hide_input=True)
        )
        report = do_order(order, parse_activity(activity), link_url, technician, options.data, say, check=check)
    save(report.table())
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for row in report.table().rows:
            click.echo("  ".join("" if cell is None else str(cell) for cell in row))


def _require(option: str, is_there: bool) -> None:
    if not is_there:
        raise InputError(code="bad-input", field=option)


@cli.command()
@_LINK
@_MODEL
@association_options
@_DATA
@plain_errors
def objects(link_url: str, model: str, data: Path | None, **association: Any) -> None:
    """What the meter behind a link has: the list of objects of its association."""
    from agent.commands.object_list import read_objects
    from agent.config import read_settings
    from agent.domain.table import csv_lines
    from agent.drivers.association import AssociationOptions

    folder = read_settings(data=data).data
    how = AssociationOptions(**association)
    table = read_objects(link_url, model, how, folder, lambda line: click.echo(line, err=True))
    for line in csv_lines(table, CULTURE):
        click.echo(line, nl=False)


# ── what may be wrong here ───────────────────────────────────────────────────────────────────────


@cli.group(invoke_without_command=True)
@click.option("--seconds", type=click.FloatRange(0, 60), default=5.0, show_default=True, help="How long to scan.")
@click.option("--json", "as_json", is_flag=True)
@_DATA
@click.pass_context
@plain_errors
def doctor(context: click.Context, seconds: float, as_json: bool, data: Path | None) -> None:
    """Looks for what is wrong, and says what to do: program, data, Bluetooth, probes around, serial ports.

    Exit code 3 where something is wrong that a technician would notice.
    """
    if context.invoked_subcommand is not None:
        return
    import asyncio

    from agent.commands.examination import Finding, examine
    from agent.config import read_settings

    async def look() -> list[Finding]:
        found = []
        async for finding in examine(read_settings(data=data), seconds):
            found.append(finding)
            if not as_json:
                click.echo(f"{finding.verdict:6}{finding.part:16}{finding.text}")
        return found

    findings = asyncio.run(look())
    if as_json:
        click.echo(json.dumps({"findings": [finding.as_json() for finding in findings]}, ensure_ascii=False))
    if any(finding.verdict == "wrong" for finding in findings):
        sys.exit(3)


@doctor.command("trace")
@click.option("--on", "turn", flag_value="on", help="Trace every octet of the jobs that begin from now on.")
@click.option("--off", "turn", flag_value="off", help="Stop tracing; what was traced is kept.")
@click.option("--clear", is_flag=True, help="Throw away what was traced.")
@click.option("--export", type=click.Path(dir_okay=False, path_type=Path), help="Write what was traced to this file.")
@_DATA
@plain_errors
def doctor_trace(turn: str | None, clear: bool, export: Path | None, data: Path | None) -> None:
    """What went over the link, octet by octet with its time; passwords, keys and readings are hidden in it.

    The agent may be running. The trace holds some megabytes at most, the newest.
    """
    from agent.config import read_settings
    from agent.drivers.line import new_trace

    trace = new_trace(read_settings(data=data).data)
    if turn is not None:
        trace.turn(on=turn == "on")
    if clear:
        trace.clear()
    text = trace.text()
    if export is not None:
        export.write_text(text, encoding="utf-8")
    click.echo(f"trace is {'on' if trace.is_on else 'off'}; {len(text.splitlines())} lines kept")


@doctor.command("model")
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True)
@plain_errors
def doctor_model(file: Path, as_json: bool) -> None:
    """Checks a meter model's FILE, and says what can be done with such a meter.

    A utility's own models are files in the folder `models` of the agent's data.
    """
    from agent.meters import checkup, read_model_file

    model = read_model_file(file)
    findings = checkup(model)
    if as_json:
        activities = [
            {"activity": each.activity.value, "can": each.can_be_done, "lacks": each.lacks, "notes": each.notes}
            for each in findings
        ]
        click.echo(json.dumps({"model": model.name, "title": model.title, "activities": activities}))
        return
    click.echo(f"{model.name}: {model.title}")
    for each in findings:
        why = "; ".join([*(f"needs {key}" for key in each.lacks), *each.notes])
        click.echo(f"{'yes' if each.can_be_done else 'no':4}{each.activity.label:30}{why}".rstrip())


# ── simulated meters ─────────────────────────────────────────────────────────────────────────────


@cli.command()
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
@click.option("--auth", type=click.Choice(_AUTHENTICATIONS), help="Of client 1; default: lls.")
@click.option("--secret-file", type=_FILE, help="Password of client 1, or secret of an HLS that hashes.")
@click.option("--keys", type=_FILE, help="Keys of client 1, JSON as for `job`; system_title is the meter's.")
@click.option("--suite", type=click.Choice(["0", "1", "2"]), default="0", show_default=True)
@click.option("--security", type=click.Choice(_PROTECTIONS), default="none", show_default=True)
@click.option("--loss", type=click.FloatRange(0, 1), default=0.0, help="Share of frames that are lost.")
@click.option("--corrupt", type=click.FloatRange(0, 1), default=0.0, help="Share of frames with a wrong bit.")
@click.option("--seed", type=int, default=0, help="Seed of loss and corruption.")
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What the meter did, kept over its restarts.",
)
@click.option("--control-mode", type=click.IntRange(0, 6), default=4, show_default=True, help="Of its breaker.")
@click.option("--token-gateway/--no-token-gateway", default=True)
@click.option("--channels", type=click.Choice(["2", "4"]), default="2", show_default=True, help="Of the load profile.")
@click.option("--oddity", type=click.Choice(_ODDITIES), default="none", show_default=True, help="Of the load profile.")
@plain_errors
def simulate(**options: Any) -> None:
    """A simulated meter that speaks HDLC over a TCP socket, until Ctrl-C."""
    from agent.simulator.command import SimulatorOptions, run_simulator

    run_simulator(SimulatorOptions(**options), say=lambda line: click.echo(line))


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────


@cli.command()
@_DATA
@click.option("--json", "as_json", is_flag=True)
@plain_errors
def jobs(data: Path | None, as_json: bool) -> None:
    """The jobs of this tablet that SMM has not received yet."""
    from agent.compose import pending_jobs
    from agent.config import read_settings

    records = pending_jobs(read_settings(data=data))
    if as_json:
        click.echo(json.dumps({"jobs": records}, ensure_ascii=False))
    for record in [] if as_json else records:
        click.echo("  ".join(str(cell) for cell in record.values()))
