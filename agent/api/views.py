"""What the page is shown, made of what the other rooms keep."""

from datetime import UTC, datetime
from decimal import Decimal

from agent.api.messages import (
    ActivityInfo,
    ErrorInfo,
    JobInfo,
    JobView,
    LogLine,
    ReadingView,
    Register,
    SheetCell,
    SheetView,
    StepInfo,
    SyncInfo,
    UserInfo,
)
from agent.domain.activity import Activity
from agent.domain.attempt import AttemptState
from agent.domain.errors import EplusError
from agent.domain.exchange import QuantityPayload, ReadingPayload, ResultPayload, parse_result
from agent.domain.result_tables import breaker_word, table_of
from agent.domain.table import Cell, Table, Word, csv_file
from agent.jobs.engine import LogEntry
from agent.procedures.dialogue import Step
from agent.store.jobs import JobRecord
from agent.sync import state as sync_state


def activity_infos() -> list[ActivityInfo]:
    return [_activity_info(activity) for activity in Activity]


def user_info(logged_in: sync_state.LoggedIn) -> UserInfo:
    user = logged_in.user
    return UserInfo(
        username=user.username,
        name=user.name,
        culture=user.culture,
        offline=logged_in.offline,
        offline_until=utc_text(logged_in.offline_until),
    )


def sync_info(state: sync_state.SyncState) -> SyncInfo:
    return SyncInfo(
        online=state.online,
        running=state.running,
        done=state.done,
        total=state.total,
        waiting=state.waiting,
        refused=state.refused,
        meters=state.meters,
        last_at=_optional_text(state.last_at),
        drift_s=state.drift_s,
        error=None
        if state.error is None
        else ErrorInfo(code=state.error.code, params=state.error.params, retryable=state.error.retryable),
    )


def error_info(error: EplusError) -> ErrorInfo:
    return ErrorInfo(code=error.code, params=error.params, retryable=error.retryable)


def job_info(record: JobRecord, step: Step | None = None) -> JobInfo:
    return JobInfo(
        id=record.id,
        activity=record.activity,
        serial=record.serial,
        state=record.state,
        step=None if step is None else StepInfo(name=step.name, index=step.index, total=step.total),
        created_at=utc_text(record.created_at),
        ended_at=_optional_text(record.ended_at),
        user=record.user,
        error=None
        if record.error_code is None
        else ErrorInfo(code=record.error_code, params=record.error_params, retryable=True),
        outbox=record.outbox,
        outbox_error=None
        if record.refusal is None
        else ErrorInfo(code=record.refusal, params={"reason": record.refusal_reason or ""}),
        received_at=_optional_text(record.received_at),
        order=record.work_order,
        may_cancel=record.attempt is not AttemptState.SENT,
        resumable=record.state == "interrupted" and record.rows is not None,
        rows=record.rows,
    )


def log_line(entry: LogEntry) -> LogLine:
    return LogLine(at=utc_text(entry.at), text=entry.text, expert=entry.expert)


def job_view(record: JobRecord, pod: str | None, culture: str) -> JobView:
    """The pop-up of a job without rows in the store; a job without a result has no file."""
    if record.result is None:
        return JobView(job=job_info(record), result=None, csv=None, csv_name=None)
    name, content = csv_of(record, culture)
    return JobView(
        job=job_info(record),
        result=_view(parse_result(record.result or {}), pod),
        csv=content.decode("utf-8-sig"),
        csv_name=name,
    )


def csv_of(record: JobRecord, culture: str) -> tuple[str, bytes]:
    """File name and content of a job that has a result."""
    return csv_name(record), csv_file(table_of(parse_result(record.result or {})), culture)


def csv_name(record: JobRecord) -> str:
    """Serial number, activity, date."""
    moment = (record.ended_at or record.created_at).astimezone()
    activity = record.activity.label.replace(" ", "")
    return f"{record.serial}_{activity}_{moment:%Y%m%dT%H%M%S}.csv"


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _optional_text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _activity_info(activity: Activity) -> ActivityInfo:
    reason = None if activity.facts.on_tablet else "activity-from-smm"
    return ActivityInfo(activity=activity, title=activity.label, available=reason is None, reason=reason)


def _view(result: ResultPayload, pod: str | None) -> ReadingView | SheetView:
    if isinstance(result, ReadingPayload):
        return _reading_view(result, pod)
    table = table_of(result)
    return SheetView(serial=result.serial, pod=pod, columns=list(table.columns), rows=sheet_rows(table))


def sheet_rows(table: Table) -> list[list[SheetCell | None]]:
    return [[*map(_cell, row)] for row in table.rows]


def _cell(cell: Cell) -> SheetCell | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return SheetCell(kind="time", value=utc_text(cell))
    if isinstance(cell, str):
        return SheetCell(kind="word" if isinstance(cell, Word) else "text", value=str(cell))
    return SheetCell(kind="number", value=f"{cell:f}" if isinstance(cell, Decimal) else str(cell))


def _reading_view(reading: ReadingPayload, pod: str | None) -> ReadingView:
    total = Decimal(reading.total.value)
    return ReadingView.model_validate(
        {
            "serial": reading.serial,
            "pod": pod,
            "registers": [_register(name.upper(), q, total) for name, q in reading.tariffs.items()],
            "total": _register("total", reading.total, total),
            "meter_time": _optional_text(reading.meter_time),
            "drift_s": reading.drift_s,
            "app_version": reading.app_version,
            "breaker": breaker_word(reading.breaker),
            "warnings": reading.warnings,
        }
    )


def _register(name: str, quantity: QuantityPayload, total: Decimal) -> Register:
    value = Decimal(quantity.value)
    share = int(value * 1000 / total) if total else 0
    return Register(name=name, obis=quantity.obis, value=quantity.value, unit=quantity.unit, share=share)
