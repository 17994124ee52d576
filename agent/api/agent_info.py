"""The agent itself: its version, and which activities a technician can choose."""

from importlib.metadata import version
from pathlib import Path

from agent.api.message import PageMessage
from agent.domain.activity import Activity


class ActivityInfo(PageMessage):
    """`available` is false for what is ordered in SMM only; `reason` is an error code."""

    activity: Activity
    title: str
    available: bool
    reason: str | None = None


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
        activities=[_activity_info(activity) for activity in Activity],
    )


def _activity_info(activity: Activity) -> ActivityInfo:
    reason = None if activity.facts.on_tablet else "activity-from-smm"
    return ActivityInfo(activity=activity, title=activity.label, available=reason is None, reason=reason)
