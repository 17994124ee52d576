"""The reports' first pages with a hundred thousand and a million orders, and a CSV of a million rows."""

import os
import time
from urllib.parse import urlencode

import psutil
from flask.testing import FlaskClient
from sqlalchemy import select, text

from agent.domain.group import ADMINISTRATOR_GROUP
from agent.smm.app import create_app
from agent.smm.database import Database, utc_now
from agent.smm.models import User
from agent.smm.people import web_sessions
from tests.bench.figure import Figure
from tests.bench.smm.stage import empty_database, percentile

REPORTS = ("last-readings", "mobile-work-orders", "commercial-work-orders")
SMALL, LARGE = 100_000, 1_000_000
PROFILE_ROWS, MONTHS = 10_000_000, 12
WARM_UP, ROUNDS = 5, 100


def reports() -> list[Figure]:
    """p95 of each report's first page, how it grows, and what a CSV of a million rows takes of memory."""
    with empty_database() as database:
        _fill(database, 0, SMALL)
        small = {name: _first_page(database, name) for name in REPORTS}
        _fill(database, SMALL, LARGE)
        _fill_profiles(database)
        large = {name: _first_page(database, name) for name in REPORTS}
        memory = _csv_memory(database)
    figures = [
        Figure(f"{name}, first page, p95", "s", large[name], None, "", 0.2, "at most", absolute=True)
        for name in REPORTS
    ]
    figures += [
        Figure(f"{name}, with ten times the orders", "s", large[name], small[name], "a tenth", 1.3, "at most")
        for name in REPORTS
    ]
    return [*figures, Figure("CSV of a million rows", "MiB", memory, None, "", 64, "at most", absolute=True)]


def _fill(database: Database, first: int, last: int) -> None:
    """A meter for each ten orders; each order executed, with a reading."""
    meters = "generate_series(:first / 10, :last / 10 - 1) AS n"
    orders = "generate_series(:first, :last - 1) AS n"
    moment = "timestamptz '2026-01-01 00:00Z' + n * interval '20 seconds'"
    serial = "'BENCH' || lpad((n / 10)::text, 10, '0')"
    statements = (
        "INSERT INTO meters (serial, model, concentrator, mac, app_version, state, process_state, reachable, details,"
        " is_prepay_configured, tag, pod, revision, deleted, contract_state, contract_profile, tariff_profile)"
        " SELECT 'BENCH' || lpad(n::text, 10, '0'), 'cerm1', 'C' || n / 200, n::text, '3131', 'Commissioned', '', true,"
        f" '', false, 'area-' || n % 10, 'POD' || n, n, false, 'activated', '', '' FROM {meters}",
        "INSERT INTO last_readings (serial, t1, total, read_at, inserted_at)"
        f" SELECT 'BENCH' || lpad(n::text, 10, '0'), 1, 1, {moment}, {moment} FROM {meters}",
        "INSERT INTO work_orders (activity, serial, channel, origin, state, created_by, executed_by, error_params,"
        " inserted_at, ended_at, parameters, fence) SELECT 'reading', " + serial + ", 'mobile', 'tablet', 'executed',"
        f" 'bench', 'bench', '{{}}', {moment}, {moment}, '{{}}', 0 FROM {orders}",
    )
    with database.begin() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in statements:
            session.execute(text(statement), {"first": first, "last": last})
    _settle(database)


def _fill_profiles(database: Database) -> None:
    each = PROFILE_ROWS // MONTHS
    for month in range(MONTHS):
        begin = f"timestamptz '2026-01-01 00:00Z' + {month} * interval '1 month'"
        rows = (
            "INSERT INTO profile_rows (serial, captured_at, channels_id, cells, execution_key, received_at)"
            f" SELECT 'BENCH' || lpad((n / 100)::text, 10, '0'), {begin} + n % 100 * interval '15 minutes', 'x',"
            f" '[\"1\", \"2\"]', 'k', now() FROM generate_series(0, {each} - 1) AS n"
        )
        with database.begin() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text(rows))
    _settle(database)


def _settle(database: Database) -> None:
    """As autovacuum leaves it."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")


def _first_page(database: Database, name: str) -> float:
    """Seconds, p95, of a user who sees one area of ten."""
    client = _client(database, "area-3")
    path = f"/reports/{name}?{urlencode({'offset': 60})}"
    took = []
    for _ in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        answer = client.get(path)
        took.append(time.perf_counter() - began)
        if answer.status_code != 200 or b"BENCH" not in answer.data:
            raise RuntimeError(f"{answer.status_code}")
    return percentile(took[WARM_UP:], 0.95)


def _csv_memory(database: Database) -> float:
    """By how many MiB this process grows while it writes the CSV."""
    client = _client(database, "")
    process = psutil.Process(os.getpid())
    answer = client.get("/reports/mobile-work-orders.csv", buffered=False)
    lines, before, most = 0, process.memory_info().rss, 0
    for number, chunk in enumerate(answer.response):
        lines += chunk.count(b"\n") if isinstance(chunk, bytes) else chunk.count("\n")
        if number % 10_000 == 0:
            most = max(most, process.memory_info().rss)
    if lines != LARGE + 1:
        raise RuntimeError(f"{lines} lines")
    return (most - before) / 2**20


def _client(database: Database, tag: str) -> FlaskClient:
    """Of somebody who has logged in."""
    client = create_app(database.url).test_client()
    with database.begin() as session:
        user = session.scalar(select(User).where(User.username == f"bench {tag}"))
        if user is None:
            fields = {"name": "b", "group": ADMINISTRATOR_GROUP, "culture": "en-US", "password_hash": ""}
            user = User(username=f"bench {tag}", tag=tag, **fields)
            session.add(user)
            session.flush()
        token = web_sessions.begin(session, user, "", utc_now())
    with client.session_transaction() as cookie:
        cookie["session"] = token
    return client
