"""Makes the saved rows fit together: an envelope is never dropped because its job is lost."""

import json
from typing import Any

from agent.domain.activity import Activity
from agent.domain.attempt import ENDED, AttemptState
from agent.store.moments import from_text, to_text
from agent.store.rescue.plausibility import is_sound
from agent.store.rescue.salvage import CARRIED_FROM, Saved
from agent.store.rescue.shapes import Row
from agent.store.rescue.versions import ENDED_JOBS

_FAILURES = ("failure", "not-done")
_UNDECIDED = "undecided"


def complete(saved: Saved, *, new_tablet: bool) -> None:
    """Adds and settles jobs as their envelopes say, and takes out what belongs to no job.

    For a new tablet, which gives out numbers of its own from 1 on, all that is there is of another one.
    """
    for row in list(saved.of("outbox").values()):
        if is_sound(row):
            _complete_job(saved, row["job"], json.loads(row["envelope"]))
        elif row["job"] not in saved.of("jobs"):
            del saved.of("outbox")[row["key"]]
            saved.note_damage("outbox", row)
    for row in list(saved.of("attempts").values()):
        _complete_attempt(saved, row)
    _cut_profiles(saved)
    if new_tablet:
        _carry_over(saved)
    else:
        _number_anew(saved)


def _complete_job(saved: Saved, job: str, envelope: dict[str, Any]) -> None:
    """A job whose envelope is there has ended, whatever an older version of its row says."""
    row = saved.of("jobs").setdefault(job, _job_of(job, envelope))
    kind = envelope["payload"]["kind"]
    if kind == _UNDECIDED or row["state"] in ENDED_JOBS:
        return
    row.update(_ending(envelope))
    attempt = saved.of("attempts").get(job)
    if attempt is not None and AttemptState(attempt["state"]) not in ENDED:
        outcome = AttemptState.NOT_APPLIED if kind in _FAILURES else AttemptState.APPLIED
        attempt["state"] = outcome.value


def _job_of(job: str, envelope: dict[str, Any]) -> Row:
    payload = envelope["payload"]
    started_at = to_text(from_text(envelope["started_at"]))
    row = {
        "id": job,
        "activity": envelope["kind"],
        "serial": payload.get("serial", ""),
        "username": envelope["executed_by"],
        "state": "interrupted",
        "created_at": started_at,
        "started_at": started_at,
        "ended_at": to_text(from_text(envelope["executed_at"])),
        "error_code": "outcome-undecided",
        "work_order": envelope.get("work_order"),
    }
    return row if payload["kind"] == _UNDECIDED else {**row, **_ending(envelope)}


def _ending(envelope: dict[str, Any]) -> Row:
    payload = envelope["payload"]
    ending = {"ended_at": to_text(from_text(envelope["executed_at"])), "error_code": None, "error_params": "{}"}
    if payload["kind"] not in _FAILURES:
        return {**ending, "state": "done"}
    return {
        **ending,
        "state": "failed",
        "error_code": payload.get("code", "job-interrupted"),
        "error_params": json.dumps(payload.get("params", {})),
    }


def _complete_attempt(saved: Saved, attempt: Row) -> None:
    """A change that may have been made keeps its meter from another one, though its job be lost."""
    job = attempt["job"]
    if job in saved.of("jobs"):
        return
    left = saved.damaged.get(("jobs", job), {})
    activity = left.get("activity") if left.get("activity") in set(Activity) else _activity_of(attempt)
    if AttemptState(attempt["state"]) in ENDED or activity is None:
        del saved.of("attempts")[job]
        saved.note_damage("attempts", attempt)
        return
    saved.of("jobs")[job] = {
        "id": job,
        "activity": activity,
        "serial": attempt["serial"],
        "username": left["username"] if isinstance(left.get("username"), str) else "",
        "state": "interrupted",
        "created_at": attempt["changed_at"],
        "error_code": "outcome-unknown",
        "work_order": left["work_order"] if isinstance(left.get("work_order"), int) else None,
        "request": left["request"] if _is_object(left.get("request")) else "{}",
    }


def _activity_of(attempt: Row) -> str | None:
    """Only a charge is worth a guess: it must not be made twice."""
    return Activity.CREDIT_CHARGE.value if '"way"' in attempt["evidence"] else None


def _is_object(text: object) -> bool:
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _cut_profiles(saved: Saved) -> None:
    """A profile that is still fetched goes on after its last row without a gap before it."""
    profiles, rows = saved.of("load_profiles"), saved.of("load_profile_rows")
    for number, profile in list(profiles.items()):
        if profile["job"] not in saved.of("jobs"):
            del profiles[number]
        elif saved.of("jobs")[profile["job"]]["state"] not in ENDED_JOBS:
            whole = _rows_without_gap(rows, number, profile["rows"])
            marks = [rows[number, place]["at"] for place in range(whole)]
            profile["rows"] = whole
            profile["mark"] = next((at for at in reversed(marks) if at is not None), None)
    kept = {(number, place) for number, place in rows if number in profiles and place < profiles[number]["rows"]}
    for key in set(rows) - kept:
        del rows[key]


def _rows_without_gap(rows: dict[Any, Row], profile: int, most: int) -> int:
    return next((place for place in range(most) if (profile, place) not in rows), most)


def _number_anew(saved: Saved) -> None:
    """Two envelopes cannot have one place in the queue; the number that was signed stays in the envelope."""
    taken: set[int] = set()
    for row in sorted(saved.of("outbox").values(), key=lambda row: (row["sequence"], row["key"])):
        if row["sequence"] in taken:
            saved.highest += 1
            row["sequence"] = saved.highest
        taken.add(row["sequence"])


def _carry_over(saved: Saved) -> None:
    rows = sorted(saved.of("outbox").values(), key=lambda row: (row["sequence"], row["key"]))
    for number, row in enumerate(rows, CARRIED_FROM):
        row["sequence"] = number
    for row in saved.of("set_aside").values():
        row["sequence"] = None
    saved.highest = 0
