"""`eplus job`: one activity at the meter behind a link, without the page."""

from typing import Any

import click

from agent.commands.association import AssociationOptions, association_options
from agent.commands.errors import plain_errors, require
from agent.commands.job_options import ActivityOptions, OrderOptions, OutputOptions
from agent.commands.job_report import JobReport
from agent.commands.lab import LabOptions
from agent.commands.options import DATA, JSON, LINK, MODEL, NEW_FILE, say, taken
from agent.commands.ordered import Credentials, do_order
from agent.commands.unordered import MeterOptions, run_job
from agent.config import read_settings
from agent.domain.activity import parse_activity

FIRST = (
    "First moment of a load profile or event log; local time. Without it: all that the meter holds, because this "
    "command keeps no rows and cannot tell what is new. (A tablet fetches what it does not have yet.)"
)


@click.command()
@click.argument("activity")
@LINK
@click.option("--serial", metavar="SN", help="Stop unless the meter says that this is its serial number.")
@MODEL
@association_options
@JSON
@click.option("--csv", "csv_path", type=NEW_FILE, help="Save the result as CSV.")
@click.option("--from", "first", metavar="ISO", help=FIRST)
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
@DATA
@plain_errors
def job(activity: str, link_url: str, **options: Any) -> None:
    """Do ACTIVITY (e.g. reading) at the meter behind a link."""
    output = OutputOptions(options["as_json"], options.pop("csv_path"))
    output.write(_carried_out(activity, link_url, options, output))


def _carried_out(activity: str, link_url: str, options: dict[str, Any], output: OutputOptions) -> JobReport:
    settings = read_settings(data=options["data"])
    order, lab = taken(OrderOptions, options), taken(LabOptions, options)
    require("--lab", lab.lab or lab == LabOptions())
    require("--order", order.order is not None or order == OrderOptions())
    if order.order is None:
        meter = MeterOptions(options["serial"], options["model"], taken(AssociationOptions, options))
        what = taken(ActivityOptions, options)
        return run_job(activity, link_url, meter, what, lab, settings, say=say, rescue=output.save)
    require("--user", order.user is not None)
    technician = Credentials(order.user or "", order.password())
    return do_order(order.order, parse_activity(activity), link_url, technician, settings.data, say, check=order.check)
