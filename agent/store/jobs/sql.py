"""The SQL statements on jobs, each named after what it does."""

CREATE = """
INSERT INTO jobs (id, activity, serial, username, state, created_at, work_order, request)
VALUES (?, ?, ?, ?, 'queued', ?, ?, ?)
"""
"""Keeps a new job as queued."""

START = "UPDATE jobs SET state = 'running', started_at = ? WHERE id = ? AND state = 'queued'"
"""Moves a queued job to running."""

SETTLE = """
UPDATE jobs SET state = ?, ended_at = ?, result = ?, error_code = ?, error_params = ?
WHERE id = ? AND state IN ('queued', 'running', 'interrupted')
"""
"""Moves a job that has not ended to done or failed, with its result or its error."""

INTERRUPT = """
UPDATE jobs SET state = 'interrupted', ended_at = ?, error_code = ?, error_params = ?
WHERE id = ? AND state = 'running'
"""
"""Moves a running job to interrupted, with the error that stopped it."""

INTERRUPT_RUNNING = """
UPDATE jobs SET state = 'interrupted', ended_at = ?, error_code = CASE
    WHEN EXISTS (SELECT 1 FROM attempts WHERE attempts.job = jobs.id AND attempts.state = 'sent') THEN 'outcome-unknown'
    ELSE 'job-interrupted' END
WHERE state IN ('queued', 'running')
"""
"""Moves all jobs that the program left queued or running when it stopped to interrupted. The technician is told not to
repeat one whose change was sent."""

RESUME = """
UPDATE jobs SET state = 'running', started_at = coalesce(started_at, ?), ended_at = NULL, dismissed_at = NULL,
    error_code = NULL, error_params = '{}'
WHERE id = ? AND state = 'interrupted'
"""
"""Moves an interrupted job back to running; it keeps the time of its first start."""

DISMISS = "UPDATE jobs SET dismissed_at = ? WHERE id = ? AND state = 'interrupted'"
"""Takes an interrupted job out of the pending ones."""

MARK_UNDECIDED = "UPDATE jobs SET error_code = 'outcome-undecided' WHERE id = ? AND state = 'interrupted'"
"""Notes that a person has to decide what became of an interrupted job."""

DECIDE = "UPDATE jobs SET state = ?, error_code = ? WHERE id = ? AND state = 'interrupted'"
"""Moves an interrupted job to done or failed, as a person has decided."""

STATE = "SELECT state FROM jobs WHERE id = ?"
"""The state of one job."""

# The envelope shown for a job: a refused one before a waiting one before one that was closed or received last. Where
# the state of an envelope is all that counts, `main.outbox` is read: the view of the same name looks for damage.
_RECORD = """
SELECT jobs.*, outbox.state AS outbox, outbox.refusal, outbox.refusal_code, outbox.reason, outbox.receipt_at,
    outbox.closed_by, outbox.closed_note, attempts.state AS attempt, load_profiles.rows
FROM jobs
LEFT JOIN outbox ON outbox.key = (
    SELECT key FROM main.outbox AS one WHERE one.job = jobs.id
    ORDER BY state = 'received', state = 'closed', state = 'waiting', receipt_at DESC LIMIT 1
)
LEFT JOIN attempts ON attempts.job = jobs.id
LEFT JOIN load_profiles ON load_profiles.job = jobs.id
"""
_PENDING = "((jobs.state = 'interrupted' AND dismissed_at IS NULL) OR outbox.state IN ('waiting', 'refused'))"
_NEWEST_FIRST = "ORDER BY jobs.created_at DESC, jobs.id DESC"

GET = f"{_RECORD} WHERE jobs.id = ?"
"""One job, with its envelope, its attempt and its count of rows."""

GET_ALL = f"{_RECORD} WHERE jobs.id IN (SELECT value FROM json_each(?))"
"""Several jobs, in any order."""

PENDING = f"{_RECORD} WHERE {_PENDING} {_NEWEST_FIRST}"
"""Jobs that are interrupted and not dismissed, or whose envelope SMM has not received; newest first."""

_ATTENTION = """
SELECT id, created_at FROM main.jobs WHERE state = 'interrupted' AND dismissed_at IS NULL
UNION SELECT job.id, job.created_at FROM main.outbox AS one JOIN main.jobs AS job ON job.id = one.job
WHERE one.state = 'refused'
"""

ATTENTION = f"""
SELECT id FROM ({_ATTENTION}) WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?
"""
"""Jobs that need a person: interrupted and not dismissed, or refused; newest first, from before a job on."""

NEEDS_ATTENTION = f"SELECT 1 FROM ({_ATTENTION}) WHERE id = ?"
"""Whether a job needs a person."""

WAITING = f"""
SELECT job FROM main.outbox AS one WHERE state = 'waiting' AND sequence < ? AND NOT EXISTS (
    SELECT 1 FROM main.outbox AS newer WHERE newer.job = one.job AND newer.state = 'waiting'
        AND newer.sequence > one.sequence
) AND job NOT IN (SELECT id FROM ({_ATTENTION})) ORDER BY sequence DESC LIMIT ?
"""
"""Jobs that wait for SMM and need nobody; the one settled last comes first, from before a sequence number on."""

LAST_SEQUENCE = "SELECT max(sequence) FROM main.outbox WHERE job = ?"
"""The newest number that was given to a job."""

CREATED_AT = "SELECT created_at FROM main.jobs WHERE id = ?"
"""When a job was created."""

HISTORY = """
SELECT id FROM main.jobs AS job WHERE (created_at, id) < (?, ?) AND state NOT IN ('queued', 'running')
    AND NOT (state = 'interrupted' AND dismissed_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM main.outbox AS one WHERE one.job = job.id AND one.state IN ('waiting', 'refused'))
ORDER BY created_at DESC, id DESC LIMIT ?
"""
"""Jobs that have ended and are not pending, newest first, from before a job on."""
