"""Every message between the agent and its page. The page's TypeScript types are generated from here.

The agent is the one source of truth. On connecting, a page gets a `snapshot` notification, then numbered
`change` notifications, each with the whole new value of one part of the state (log lines are appended);
after a gap in the numbers it asks for `snapshot.get`. Requests are JSON-RPC 2.0, e.g.
`{"jsonrpc": "2.0", "id": 1, "method": "job.start", "params": {...}}`; an error's `data` is an `ErrorInfo`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.domain.activity import Activity
from agent.domain.job import JobState, OutboxState

Text = Annotated[str, Field(max_length=200)]
UtcText = Annotated[str, Field(description="UTC, ISO 8601")]
Culture = Annotated[str, Field(pattern=r"^(es|en|it)(-[A-Z]{2})?$")]


class PageMessage(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorInfo(PageMessage):
    """`code` names the words in `domain/words`, `params` fill their blanks."""

    code: str
    params: dict[str, str | int] = {}
    retryable: bool = False


# ── state, one class a part ──────────────────────────────────────────────────────────────────────


class AgentInfo(PageMessage):
    version: str
    demo: bool
    csv_folder: str
    activities: list["ActivityInfo"]


class ActivityInfo(PageMessage):
    """`available` is false for what is made in SMM only, or is not built yet; `reason` is an error code."""

    activity: Activity
    title: str
    available: bool
    reason: str | None = None


class UserInfo(PageMessage):
    username: str
    name: str
    culture: str
    offline: Annotated[bool, Field(description="logged in within the offline grant, without SMM")]
    offline_until: UtcText


class ProbeInfo(PageMessage):
    """One Bluetooth device or serial port in the list. `signal` is smoothed RSSI in dBm, none while it is silent."""

    address: str
    name: str | None
    signal: int | None
    known: Annotated[bool, Field(description="used on this tablet before, or paired with it")]
    used: Annotated[bool, Field(description="used on this tablet before: it can be renamed")] = False
    is_probe: Annotated[bool, Field(description="advertises a probe's service, or is a port that may carry one")]
    is_port: Annotated[bool, Field(description="a serial port")] = False


class LinkState(PageMessage):
    """State of the Bird: `off` Bluetooth cannot be used (see error), `idle`, `scanning`, on the way `connecting`,
    `discovering`, `pairing` and `subscribing`, then `ready`; `draining` while it is let go, `backing-off` while it
    is waited for (see error). `led` is its lamp, as it tells or as one can conclude: none if nobody knows."""

    state: Literal[
        "off",
        "idle",
        "scanning",
        "connecting",
        "discovering",
        "pairing",
        "subscribing",
        "ready",
        "draining",
        "backing-off",
    ]
    probe: ProbeInfo | None = None
    found: list[ProbeInfo] = []
    led: Literal["red", "green"] | None = None
    external_probe: bool = False
    simulated: Annotated[bool, Field(description="the radio is a virtual one")] = False
    error: ErrorInfo | None = None


class StepInfo(PageMessage):
    name: str
    index: int
    total: int


class JobInfo(PageMessage):
    """`done` and `failed` are settled: saved on disk with their outbox row.

    `unknown`: a change left and nobody knows what became of it – CHECK METER (`job.recover`); `undecided`: a
    person has to decide in SMM. `may_cancel` is false from the moment a change leaves. `resumable`: a load profile
    that goes on from its last whole row. `outbox` is none until the job is settled; `outbox_error` says why SMM
    refused it.
    """

    id: str
    activity: Activity
    serial: str
    state: JobState
    step: StepInfo | None = None
    created_at: UtcText
    ended_at: UtcText | None = None
    user: str
    error: ErrorInfo | None = None
    outbox: OutboxState | None = None
    outbox_error: ErrorInfo | None = None
    received_at: UtcText | None = None
    order: int | None = None
    may_cancel: bool = True
    resumable: bool = False
    rows: Annotated[int | None, Field(description="of a load profile, so far")] = None
    seconds_left: Annotated[int | None, Field(description="estimate")] = None


class LogLine(PageMessage):
    """A line of the communication log, e.g. `- readserial 1/7`. `expert` lines are frames and APDUs."""

    at: UtcText
    text: str
    expert: bool = False


class SyncInfo(PageMessage):
    """`drift_s` is tablet time minus SMM time. `done`/`total` count envelopes of the running sync."""

    online: bool | None
    running: bool = False
    done: int = 0
    total: int = 0
    waiting: int = 0
    refused: int = 0
    meters: int = 0
    last_at: UtcText | None = None
    drift_s: int | None = None
    error: ErrorInfo | None = None


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
    orders: Annotated[list["OrderInfo"], Field(description="claimed by this tablet, offline too")]
    sync: SyncInfo


class Snapshot(PageMessage):
    seq: int
    state: PageState


class UserChange(PageMessage):
    seq: int
    part: Literal["user"] = "user"
    value: UserInfo | None


class LinkChange(PageMessage):
    seq: int
    part: Literal["link"] = "link"
    value: LinkState


class JobChange(PageMessage):
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
    seq: int
    part: Literal["pending"] = "pending"
    value: list[JobInfo]


class OrdersChange(PageMessage):
    seq: int
    part: Literal["orders"] = "orders"
    value: list["OrderInfo"]


class SyncChange(PageMessage):
    seq: int
    part: Literal["sync"] = "sync"
    value: SyncInfo


StateChange = Annotated[
    UserChange | LinkChange | JobChange | LogChange | PendingChange | OrdersChange | SyncChange,
    Field(discriminator="part"),
]


# ── requests: params and results ─────────────────────────────────────────────────────────────────


class Empty(PageMessage):
    pass


class Login(PageMessage):
    username: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class SetCulture(PageMessage):
    culture: Culture


class ConnectProbe(PageMessage):
    address: Text


class RenameProbe(PageMessage):
    """An empty name takes the given one off: the probe is called as it calls itself."""

    address: Text
    name: Annotated[str, Field(max_length=80)]


class ForgetProbe(PageMessage):
    address: Text


class UseExternalProbe(PageMessage):
    """Sonda externa: the meter behind the probe waits for a sign-on (IEC 62056-21 mode E) before HDLC."""

    on: bool


class StartJob(PageMessage):
    """With an order, its activity and meter are taken, and these must be the same.

    `first` and `last` are the range of a load profile or event log (neither: what is new since the last visit);
    `info` asks for the profile's shape only; `reason` is that of a detachment; `profile` a prepayment profile's name;
    `set_clock` sets it, `far_off` confirms it where it is more than ten minutes out.
    """

    activity: Text
    serial: Text
    order: int | None = None
    first: UtcText | None = None
    last: UtcText | None = None
    info: bool = False
    reason: Text | None = None
    profile: Text | None = None
    set_clock: bool = False
    far_off: bool = False


class OrderInfo(PageMessage):
    """A work order. `parameters` as lines to show, e.g. `credit 123456 Wh`; `mine`: claimed by this tablet.

    `lease_until` is none until it is claimed; `gone` says why SMM does not hold the claim any longer.
    """

    id: int
    activity: Activity
    serial: str
    pod: str | None
    address: str | None
    customer: str | None
    summary: str
    parameters: list[list["SheetCell | None"]] = []
    created_by: str
    inserted_at: UtcText
    mine: bool = False
    lease_until: UtcText | None = None
    gone: ErrorInfo | None = None


class SearchOrders(PageMessage):
    search: Annotated[str, Field(max_length=100)] = ""


class OrderIds(PageMessage):
    orders: Annotated[list[int], Field(min_length=1, max_length=100)]


class OrderList(PageMessage):
    orders: list[OrderInfo]


class CloseOrder(PageMessage):
    order: int
    reason: Literal["no-access", "broken-display", "meter-not-found", "other"]
    note: Annotated[str, Field(max_length=500)] = ""


class MeterSerial(PageMessage):
    serial: Text


class MeterCard(PageMessage):
    """What is known of a meter before anything is done; `has_key` is false where SMM sent none."""

    serial: str
    model: str
    pod: str | None
    address: str | None
    customer: str | None
    has_key: bool
    blocked: Annotated[ErrorInfo | None, Field(description="an outcome that is unknown or undecided")] = None
    last_profile_row: UtcText | None = None


class ProfileNames(PageMessage):
    """Prepayment profiles that SMM gave this tablet."""

    profiles: list[str]


class JobId(PageMessage):
    job: Text


class Register(PageMessage):
    """A line of the register sheet: `value` is a decimal string, in `unit`; `share` of the total in ‰."""

    name: str
    obis: str
    value: str
    unit: str
    share: int


class ReadingView(PageMessage):
    """`breaker` is `connected`, `disconnected`, `ready` or none; times are ISO 8601 with the meter's offset."""

    kind: Literal["reading"] = "reading"
    serial: str
    pod: str | None
    registers: list[Register]
    total: Register
    meter_time: str | None
    drift_s: int | None
    app_version: str | None
    breaker: Literal["connected", "disconnected", "ready"] | None
    warnings: list[str]


class SheetCell(PageMessage):
    """`word` has a translation on the page, `number` is a decimal string, `time` UTC, ISO 8601."""

    kind: Literal["word", "text", "number", "time"]
    value: str


class SheetView(PageMessage):
    """Any other result: rows under named columns (`item value unit`, `item before after unit`, …)."""

    kind: Literal["sheet"] = "sheet"
    serial: str
    pod: str | None
    columns: list[str]
    rows: list[list[SheetCell | None]]


class ProfileView(PageMessage):
    """A load profile; its rows come from `GET /jobs/<id>/rows.json` as columns: see `ProfileColumns`."""

    kind: Literal["load-profile"] = "load-profile"
    serial: str
    pod: str | None
    channels: list[str]
    units: list[str | None]
    capture_period_s: int
    rows: int
    first: UtcText | None
    last: UtcText | None


class ProfileColumns(PageMessage):
    """Rows as columns: `times` in seconds since 1970 (none for a row without a moment), `status` as the meter has
    it (bits as the number that they make), `values` one list a channel of numbers; a gap is a row that is missing."""

    times: list[int | None]
    status: list[int | None]
    values: list[list[float | None]]


class JobView(PageMessage):
    """A settled job as its pop-up shows it; `csv` is the file's text, `csv_name` its name. A load profile's file is not
    in here, it comes from `GET /jobs/<id>.csv`; one that was interrupted is shown with the rows that came."""

    job: JobInfo
    result: Annotated[ReadingView | SheetView | ProfileView, Field(discriminator="kind")] | None
    csv: str | None
    csv_name: str | None


class SavedFile(PageMessage):
    path: str


class JobList(PageMessage):
    jobs: list[JobInfo]


class RpcMethod(PageMessage):
    """Every method of the socket: its params and its result."""

    snapshot_get: Annotated[tuple[Empty, Snapshot], Field(alias="snapshot.get")]
    session_login: Annotated[tuple[Login, UserInfo], Field(alias="session.login")]
    session_logout: Annotated[tuple[Empty, Empty], Field(alias="session.logout")]
    culture_set: Annotated[tuple[SetCulture, Empty], Field(alias="culture.set")]
    link_scan: Annotated[tuple[Empty, Empty], Field(alias="link.scan")]
    link_scan_stop: Annotated[tuple[Empty, Empty], Field(alias="link.scan_stop")]
    link_connect: Annotated[tuple[ConnectProbe, Empty], Field(alias="link.connect")]
    link_disconnect: Annotated[tuple[Empty, Empty], Field(alias="link.disconnect")]
    link_rename: Annotated[tuple[RenameProbe, Empty], Field(alias="link.rename")]
    link_forget: Annotated[tuple[ForgetProbe, Empty], Field(alias="link.forget")]
    link_external: Annotated[tuple[UseExternalProbe, Empty], Field(alias="link.external")]
    job_start: Annotated[tuple[StartJob, JobInfo], Field(alias="job.start")]
    job_recover: Annotated[tuple[JobId, JobInfo], Field(alias="job.recover")]
    job_resume: Annotated[tuple[JobId, JobInfo], Field(alias="job.resume")]
    meter_card: Annotated[tuple[MeterSerial, MeterCard], Field(alias="meter.card")]
    prepay_profiles: Annotated[tuple[Empty, ProfileNames], Field(alias="prepay.profiles")]
    orders_available: Annotated[tuple[SearchOrders, OrderList], Field(alias="orders.available")]
    orders_claim: Annotated[tuple[OrderIds, OrderList], Field(alias="orders.claim")]
    orders_release: Annotated[tuple[OrderIds, Empty], Field(alias="orders.release")]
    orders_close: Annotated[tuple[CloseOrder, Empty], Field(alias="orders.close")]
    job_cancel: Annotated[tuple[JobId, Empty], Field(alias="job.cancel")]
    job_dismiss: Annotated[tuple[JobId, Empty], Field(alias="job.dismiss")]
    job_view: Annotated[tuple[JobId, JobView], Field(alias="job.view")]
    job_save_csv: Annotated[tuple[JobId, SavedFile], Field(alias="job.save_csv")]
    job_history: Annotated[tuple[Empty, JobList], Field(alias="job.history")]
    sync_run: Annotated[tuple[Empty, Empty], Field(alias="sync.run")]
