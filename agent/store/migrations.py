"""The schema, as numbered steps from its first version on: forward only, each in one transaction.

A step is never changed after its release; the file keeps the number of its last step.
"""

from sqlite_utils import Database

from agent.domain.errors import StoreError
from agent.store import digests
from agent.store.database import pragma

_STEP_1 = """
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, value) VALUES ('sequence', 0);

CREATE TABLE identity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    keeper TEXT NOT NULL,
    vault TEXT NOT NULL,
    box BLOB NOT NULL
) STRICT;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    activity TEXT NOT NULL,
    serial TEXT NOT NULL,
    username TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'interrupted')),
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    dismissed_at TEXT,
    result TEXT,
    error_code TEXT,
    error_params TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state);
CREATE INDEX jobs_by_age ON jobs (created_at);

CREATE TABLE outbox (
    key TEXT PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (id),
    sequence INTEGER NOT NULL UNIQUE,
    envelope TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'refused', 'received')),
    refusal TEXT,
    reason TEXT,
    receipt_at TEXT
) STRICT;
CREATE INDEX outbox_by_state ON outbox (state, sequence);
CREATE INDEX outbox_by_job ON outbox (job);

CREATE TABLE meters (
    serial TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    pod TEXT,
    address TEXT,
    customer TEXT,
    sealed TEXT
) STRICT;

CREATE TABLE accounts (
    username TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    offline_until TEXT NOT NULL,
    refusal TEXT
) STRICT;

CREATE TABLE probes (
    address TEXT PRIMARY KEY,
    name TEXT,
    last_used TEXT NOT NULL
) STRICT;
"""

_STEP_2 = """
ALTER TABLE jobs ADD COLUMN work_order INTEGER;
ALTER TABLE jobs ADD COLUMN request TEXT NOT NULL DEFAULT '{}';

CREATE TABLE attempts (
    job TEXT PRIMARY KEY REFERENCES jobs (id),
    serial TEXT NOT NULL,
    state TEXT NOT NULL,
    evidence TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_by_serial ON attempts (serial, state);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    serial TEXT NOT NULL,
    fence INTEGER NOT NULL,
    claim TEXT NOT NULL,
    gone TEXT,
    done INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE prepay_profiles (
    name TEXT PRIMARY KEY,
    profile TEXT NOT NULL
) STRICT;
"""

_STEP_3 = """
CREATE TABLE load_profiles (
    id INTEGER PRIMARY KEY,
    job TEXT NOT NULL UNIQUE REFERENCES jobs (id),
    serial TEXT NOT NULL,
    first TEXT NOT NULL,
    last TEXT NOT NULL,
    new_only INTEGER NOT NULL,
    shape TEXT,
    rows INTEGER NOT NULL DEFAULT 0,
    mark INTEGER
) STRICT;
CREATE INDEX load_profiles_by_serial ON load_profiles (serial);

CREATE TABLE load_profile_rows (
    profile INTEGER NOT NULL REFERENCES load_profiles (id),
    number INTEGER NOT NULL,
    at INTEGER,
    cells TEXT NOT NULL,
    PRIMARY KEY (profile, number)
) STRICT, WITHOUT ROWID;
"""

_STEP_4 = """
ALTER TABLE probes ADD COLUMN label TEXT;
ALTER TABLE probes ADD COLUMN profile TEXT;
"""

_STEP_5 = """
CREATE TABLE outbox_5 (
    key TEXT PRIMARY KEY,
    job TEXT NOT NULL REFERENCES jobs (id),
    sequence INTEGER NOT NULL UNIQUE,
    envelope TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'refused', 'received', 'closed')),
    refusal TEXT,
    reason TEXT,
    receipt_at TEXT,
    refusal_code TEXT,
    refused_at_revision INTEGER,
    closed_by TEXT,
    closed_note TEXT
) STRICT;
INSERT INTO outbox_5 (key, job, sequence, envelope, state, refusal, reason, receipt_at)
SELECT key, job, sequence, envelope, state, refusal, reason, receipt_at FROM outbox ORDER BY sequence;
DROP TABLE outbox;
ALTER TABLE outbox_5 RENAME TO outbox;
CREATE INDEX outbox_by_state ON outbox (state, sequence);
CREATE INDEX outbox_by_job ON outbox (job);

CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY,
    table_name TEXT NOT NULL,
    row_key TEXT,
    sequence INTEGER,
    content TEXT NOT NULL,
    found_at TEXT NOT NULL,
    told_at TEXT
) STRICT;

CREATE TABLE parcels (
    id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    count INTEGER NOT NULL,
    content BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'received', 'refused')),
    refusal_code TEXT,
    imported_at TEXT NOT NULL,
    receipt_at TEXT
) STRICT;

ALTER TABLE accounts ADD COLUMN digest TEXT;
ALTER TABLE attempts ADD COLUMN digest TEXT;
ALTER TABLE counters ADD COLUMN digest TEXT;
ALTER TABLE identity ADD COLUMN digest TEXT;
ALTER TABLE jobs ADD COLUMN digest TEXT;
ALTER TABLE load_profile_rows ADD COLUMN digest TEXT;
ALTER TABLE load_profiles ADD COLUMN digest TEXT;
ALTER TABLE meters ADD COLUMN digest TEXT;
ALTER TABLE orders ADD COLUMN digest TEXT;
ALTER TABLE outbox ADD COLUMN digest TEXT;
ALTER TABLE parcels ADD COLUMN digest TEXT;
ALTER TABLE prepay_profiles ADD COLUMN digest TEXT;
ALTER TABLE probes ADD COLUMN digest TEXT;
ALTER TABLE set_aside ADD COLUMN digest TEXT;
ALTER TABLE settings ADD COLUMN digest TEXT;
"""

_STEP_6 = """
CREATE TABLE meter_hints (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    kept_at TEXT NOT NULL,
    digest TEXT
) STRICT;

ALTER TABLE accounts ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN wait_until TEXT;
"""

MIGRATIONS = (_STEP_1, _STEP_2, _STEP_3, _STEP_4, _STEP_5, _STEP_6)


def version_of(db: Database) -> int:
    """The number of the file's last step; 0 for a new file."""
    version = pragma(db, "user_version")
    assert isinstance(version, int)
    return version


def migrate(db: Database, steps: tuple[str, ...] = MIGRATIONS) -> None:
    """Brings the file to the newest version. The connection must be able to make digests, and have no triggers yet.

    Raises:
        StoreError: `storage-newer`, if a newer program wrote the file.
    """
    refuse_newer(db, len(steps))
    for number in range(version_of(db) + 1, len(steps) + 1):
        with db.atomic():
            for statement in statements_of(steps[number - 1]):
                db.execute(statement)
            digests.renew_all(db)
            db.execute(f"PRAGMA user_version = {number}")


def refuse_newer(db: Database, known: int = len(MIGRATIONS)) -> None:
    """Raises: StoreError `storage-newer`, if the file has a version that this program does not know."""
    if version_of(db) > known:
        raise StoreError(f"file has version {version_of(db)}, this program knows {known}", code="storage-newer")


def statements_of(step: str) -> list[str]:
    """The statements of a step; a semicolon ends each and stands nowhere else."""
    return [statement.strip() for statement in step.split(";") if statement.strip()]
