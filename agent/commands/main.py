"""The `eplus` command itself. Each command is loaded when it is asked for: a tablet need not have what SMM needs."""

from importlib import import_module

import click

from agent.commands.errors import fail
from agent.domain.errors import EplusError

_COMMANDS = {
    "demo": "agent.commands.demo:demo",
    "doctor": "agent.commands.doctor:doctor",
    "export": "agent.commands.export:export",
    "import": "agent.commands.import_:import_",
    "job": "agent.commands.job:job",
    "jobs": "agent.commands.jobs:jobs",
    "objects": "agent.commands.objects:objects",
    "rescue": "agent.commands.rescue:rescue",
    "run": "agent.commands.run:run",
    "simulate": "agent.commands.simulate:simulate",
    "smm": "agent.smm.commands:smm",
    "twin": "agent.commands.twin:twin",
}
"""Module and function of each command."""


def main() -> None:
    """Entry point of `eplus` and `python -m agent`."""
    try:
        cli(prog_name="eplus")
    except EplusError as error:
        fail(error, as_json=False)


class _Lazy(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, function = _COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), function)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="eplus-mobile")
def cli() -> None:
    """ePlus Mobile: read and operate electricity meters through an optical probe, offline first."""
