"""What a job brought, as the command line prints it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.commands.errors import CULTURE
from agent.domain.activity import Activity
from agent.domain.channels import channel_titles, column_titles, columns_of
from agent.domain.exchange import ChannelPayload, ProfileInfoPayload, ProfilePayload, ResultPayload, warnings_of
from agent.domain.parameters import BEGINNING, Parameters, ReadRange
from agent.domain.result_tables import table_of
from agent.domain.table import Table
from agent.domain.words import plain_warning


@dataclass(frozen=True)
class JobReport:
    """A job that was done. Moments are aware; `steps` are the names of those gone through; `asked` is what it was to
    do, where that is shown with the result."""

    activity: Activity
    model: str
    started_at: datetime
    ended_at: datetime
    result: ResultPayload
    steps: list[str]
    asked: Parameters | None = None

    def table(self) -> Table:
        """The result as rows."""
        return table_of(self.result)

    @property
    def remark(self) -> str | None:
        """What has to be said of a result that is empty."""
        if not isinstance(self.result, ProfilePayload) or self.result.rows:
            return None
        if not isinstance(self.asked, ReadRange) or self.asked.first == BEGINNING:
            return "The load profile of this meter has no rows."
        first, last = (f"{moment:%Y-%m-%d %H:%M}" for moment in (self.asked.first, self.asked.last))
        return f"The load profile of this meter has no rows from {first} to {last}."

    def warnings(self, culture: str) -> dict[str, str]:
        """What was odd about the meter: words by code."""
        return {code: plain_warning(code, culture) for code in warnings_of(self.result)}

    def as_json(self, culture: str) -> dict[str, Any]:
        """The object that `--json` prints; warnings have code and message, as errors do."""
        return {
            "activity": self.activity.value,
            "serial": self.result.serial,
            "model": self.model,
            "started_at": _utc_text(self.started_at),
            "ended_at": _utc_text(self.ended_at),
            "outcome": "done",
            "result": self._result_as_json(),
            "steps": self.steps,
            "warnings": [{"code": code, "message": words} for code, words in self.warnings(culture).items()],
        }

    def _result_as_json(self) -> dict[str, Any]:
        content = self.result.model_dump(mode="json", exclude={"kind"})
        if isinstance(self.result, ProfilePayload | ProfileInfoPayload):
            content["channels"] = _channels(self.result.channels)
        if isinstance(self.result, ProfilePayload):
            content["columns"] = column_titles(self.result.channels, CULTURE)
            content["range"] = _range(self.asked)
        return content


def _channels(columns: list[ChannelPayload]) -> list[dict[str, Any]]:
    """Those with values: the time and the status of a row are none. `column` is the place in the rows."""
    titles = channel_titles(columns, CULTURE)
    return [_channel(number, titles[number], columns[number]) for number in columns_of(columns).values]


def _channel(number: int, title: str, channel: ChannelPayload) -> dict[str, Any]:
    return {
        "name": title,
        "unit": channel.unit,
        "scaler": channel.scaler,
        "attribute": channel.name,
        "column": number,
    }


def _range(asked: Parameters | None) -> dict[str, str | None] | None:
    """What was asked for; no beginning means all that the meter holds."""
    if not isinstance(asked, ReadRange):
        return None
    first = None if asked.first == BEGINNING else _utc_text(asked.first)
    return {"from": first, "to": _utc_text(asked.last)}


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
