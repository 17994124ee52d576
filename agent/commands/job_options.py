"""The options of `eplus job`, each group a small dataclass."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from agent.commands.errors import CULTURE, require
from agent.commands.job_report import JobReport
from agent.commands.options import say
from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.domain.moments import parse_moment
from agent.domain.parameters import BEGINNING, NOTHING, Detach, Parameters, ReadInfo, SetClock, past_range
from agent.domain.table import Table, csv_file


@dataclass(frozen=True)
class ActivityOptions:
    """What an activity needs to know. `first` and `last`, local ISO 8601, are the ends of a range."""

    first: str | None = None
    last: str | None = None
    info: bool = False
    reason: str | None = None
    set_clock: bool = False
    far_off: bool = False

    def parameters(self, activity: Activity, now: datetime) -> Parameters:
        """Of a load profile or an event log all that the meter holds, where nothing else is asked for: what is new
        nobody can know here.

        Raises:
            InputError: `bad-input`, an option that this activity has no use for; `bad-range`; `reason-missing`.
        """
        kinds = activity.facts.parameters
        require("--set", "clock-set" in kinds or not self.set_clock)
        require("--info", not self.info or ("info" in kinds and not self._has_range))
        require("--from/--to", "range" in kinds or not self._has_range)
        if self.info:
            return ReadInfo()
        if self.set_clock:
            return SetClock(self.far_off)
        if "range" in kinds:
            return self._range(now)
        return self._reason() if "none" not in kinds else NOTHING

    @property
    def _has_range(self) -> bool:
        return self.first is not None or self.last is not None

    def _range(self, now: datetime) -> Parameters:
        last = parse_moment(self.last, "--to") if self.last else now
        return past_range(parse_moment(self.first, "--from") if self.first else BEGINNING, last, now)

    def _reason(self) -> Detach:
        reason = (self.reason or "").strip()
        if not reason:
            raise InputError(code="reason-missing")
        return Detach(reason)


@dataclass(frozen=True)
class OrderOptions:
    """The work order that a job is for, if it is for one."""

    order: int | None = None
    check: bool = False
    user: str | None = None

    def password(self) -> str:
        """From `EPLUS_PASSWORD`, or asked for."""
        return os.environ.get("EPLUS_PASSWORD") or str(click.prompt("Password", hide_input=True))


@dataclass(frozen=True)
class OutputOptions:
    """Where the result goes."""

    as_json: bool
    csv_path: Path | None

    def save(self, table: Table) -> None:
        """Writes the CSV, where one is asked for."""
        if self.csv_path:
            self.csv_path.write_bytes(csv_file(table, CULTURE))

    def write(self, report: JobReport) -> None:
        """Saves the result, and prints it; its warnings follow on stderr."""
        self.save(report.table())
        if report.remark is not None:
            say(report.remark)
        if self.as_json:
            click.echo(json.dumps(report.as_json(CULTURE), ensure_ascii=False))
            return
        for row in report.table().rows:
            click.echo("  ".join("" if cell is None else str(cell) for cell in row))
        for words in report.warnings(CULTURE).values():
            click.echo(words, err=True)
