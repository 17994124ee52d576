"""The agent itself: its version, and which activities a technician can choose."""

from importlib.metadata import version
from pathlib import Path

from agent.api.message import PageMessage
from agent.domain.activity import Activity


class ActivityInfo(PageMessage):
    """`available` is false for what is ordered in SMM only; `reason` is an error code.

    `changes_meter`: it can leave the meter other than it was.
    """

    activity: Activity
    title: str
    available: bool
    reason: str | None = None
    changes_meter: bool = False


class AgentInfo(PageMessage):
    """What does not change while the agent runs."""

    version: str
    demo: bool
    csv_folder: str
    activities: list[ActivityInfo]


def agent_info(csv_folder: Path, *, demo: bool) -> AgentInfo:
    """`demo`: the radio is a virtual one."""
    return AgentInfo(
        version=version("eplus-mobile"),
        demo=demo,
        csv_folder=str(csv_folder),
        activities=[activity_info(activity) for activity in Activity],
    )


def activity_info(activity: Activity) -> ActivityInfo:
    """An activity as the page offers it."""
    facts = activity.facts
    return ActivityInfo(
        activity=activity,
        title=facts.label,
        available=facts.on_tablet,
        reason=None if facts.on_tablet else "activity-from-smm",
        changes_meter=bool(facts.changing),
    )
