"""The state that every page mirrors, and its changes: one class for each part."""

from typing import Annotated, Literal

from pydantic import Field

from agent.api.agent_info import AgentInfo
from agent.api.jobs import JobInfo, LogLine
from agent.api.message import PageMessage
from agent.api.orders import OrderInfo
from agent.api.probes import LinkState
from agent.api.sessions import UserInfo
from agent.api.sync import SyncInfo


class PageState(PageMessage):
    """Everything that a page shows.

    `job` is the one running, or the last one until the next starts; `log` belongs to it. `pending` is
    Ejecutado: jobs interrupted, or done and not yet received by SMM, newest first.
    """

    agent: AgentInfo
    user: UserInfo | None
    link: LinkState
    job: JobInfo | None
    log: list[LogLine]
    pending: list[JobInfo]
    orders: Annotated[list[OrderInfo], Field(description="claimed by this tablet, offline too")]
    sync: SyncInfo


class Snapshot(PageMessage):
    """The whole state after change number `seq`."""

    seq: int
    state: PageState


class UserChange(PageMessage):
    """Somebody logged in or out, or chose a language."""

    seq: int
    part: Literal["user"] = "user"
    value: UserInfo | None


class LinkChange(PageMessage):
    """The probe, or what is around."""

    seq: int
    part: Literal["link"] = "link"
    value: LinkState


class JobChange(PageMessage):
    """The running job, or how it ended."""

    seq: int
    part: Literal["job"] = "job"
    value: JobInfo | None


class LogChange(PageMessage):
    """A new job empties the log: `reset`. Lines are appended."""

    seq: int
    part: Literal["log"] = "log"
    reset: bool = False
    lines: list[LogLine]


class PendingChange(PageMessage):
    """What stands in Ejecutado."""

    seq: int
    part: Literal["pending"] = "pending"
    value: list[JobInfo]


class OrdersChange(PageMessage):
    """The work orders that this tablet holds."""

    seq: int
    part: Literal["orders"] = "orders"
    value: list[OrderInfo]


class SyncChange(PageMessage):
    """The way to SMM."""

    seq: int
    part: Literal["sync"] = "sync"
    value: SyncInfo


StateChange = Annotated[
    UserChange | LinkChange | JobChange | LogChange | PendingChange | OrdersChange | SyncChange,
    Field(discriminator="part"),
]
