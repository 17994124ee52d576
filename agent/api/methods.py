"""Every method that the page can call: those of these classes that are marked with `@method`."""

from agent.api.exporting import ExportMethods
from agent.api.hub import Hub
from agent.api.jobs import JobMethods
from agent.api.meters import MeterMethods
from agent.api.orders import OrderMethods
from agent.api.probes import ProbeMethods
from agent.api.refused import RefusedMethods
from agent.api.results import ResultMethods
from agent.api.rpc import Marked, marked
from agent.api.sessions import PageSession
from agent.api.sync import SyncMethods

CLASSES = (
    Hub,
    PageSession,
    ProbeMethods,
    JobMethods,
    RefusedMethods,
    ResultMethods,
    OrderMethods,
    MeterMethods,
    SyncMethods,
    ExportMethods,
)


def declared() -> list[Marked]:
    """All of them, with the messages that they take and give."""
    return [each for kind in CLASSES for each in marked(kind)]
