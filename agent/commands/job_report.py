"""What a job brought, as the command line prints it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.domain.activity import Activity
from agent.domain.exchange import ResultPayload, warnings_of
from agent.domain.result_tables import table_of
from agent.domain.table import Table
from agent.domain.words import plain_warning


@dataclass(frozen=True)
class JobReport:
    """A job that was done. Moments are aware; `steps` are the names of those gone through."""

    activity: Activity
    model: str
    started_at: datetime
    ended_at: datetime
    result: ResultPayload
    steps: list[str]

    def table(self) -> Table:
        """The result as rows."""
        return table_of(self.result)

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
            "result": self.result.model_dump(mode="json", exclude={"kind"}),
            "steps": self.steps,
            "warnings": [{"code": code, "message": words} for code, words in self.warnings(culture).items()],
        }


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
