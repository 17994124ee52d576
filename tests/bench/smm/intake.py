"""Readings that come in: from many tablets at once over HTTP, beside what psycopg inserts bare."""

import http.client
import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.types.json import Json
from sqlalchemy import make_url

from agent.smm.database import Database, utc_now
from tests.bench.figure import Figure
from tests.bench.smm.stage import WORKERS, empty_database, percentile
from tests.smm import fleet
from tests.smm.fleet import FleetTablet
from tests.smm.serving import served

TABLETS, METERS, BATCH = 50, 5000, 20
EXECUTIONS, WARM_UP = 15_000, 2_000
EVENING_TABLETS, EVENING, EVENING_BATCH = 5_000, 150_000, 30
EVENING_AT_ONCE = 20
"""Three times as many as are on the way at a time, where 5,000 tablets come within 15 minutes and each is answered
within a second."""


def intake() -> list[Figure]:
    """Executions a second, sustained; and the same rows with the same commits from psycopg alone."""
    with empty_database() as database:
        tablets = fleet.enrol(database, TABLETS, utc_now())
        serials = fleet.add_meters(database, METERS)
        warm = _bodies(tablets, serials, WARM_UP, BATCH)
        bodies = _bodies(tablets, serials, EXECUTIONS, BATCH)
        with served(database.url, WORKERS) as port:
            _send_all(port, tablets, warm)
            seconds, _ = _send_all(port, tablets, bodies)
        ours = EXECUTIONS / seconds
        bare = EXECUTIONS / _bare(database, tablets, serials, EXECUTIONS)
    return [
        Figure("intake", "executions/s", ours, None, "", 500, "at least", absolute=True),
        Figure("intake beside bare inserts", "executions/s", ours, bare, "psycopg", 0.3, "at least"),
    ]


def evening() -> list[Figure]:
    """150,000 executions of 5,000 tablets: minutes, and how long a batch takes at worst."""
    with empty_database() as database:
        tablets = fleet.enrol(database, EVENING_TABLETS, utc_now())
        serials = fleet.add_meters(database, METERS)
        bodies = _bodies(tablets, serials, EVENING, EVENING_BATCH)
        with served(database.url, WORKERS) as port:
            seconds, batches = _send_all(port, tablets, bodies, at_once=EVENING_AT_ONCE)
    slow = percentile(batches, 0.99)
    return [
        Figure("a national evening", "minutes", seconds / 60, None, "", 15, "at most", absolute=True),
        Figure("a batch of it, p99", "s", slow, None, "", 2, "at most", absolute=True),
    ]


def _bodies(tablets: Sequence[FleetTablet], serials: Sequence[str], total: int, size: int) -> list[tuple[int, bytes]]:
    """Number of the tablet, and a batch of its readings."""
    found: list[tuple[int, bytes]] = []
    for batch in range(total // size):
        number = batch % len(tablets)
        first = batch * size
        some = [serials[(first + place) % len(serials)] for place in range(size)]
        found.append((number, tablets[number].readings(some)))
    return found


def _send_all(
    port: int, tablets: Sequence[FleetTablet], bodies: list[tuple[int, bytes]], at_once: int = TABLETS
) -> tuple[float, list[float]]:
    """Seconds for all, and for each batch."""
    waiting, took, lock = iter(bodies), list[float](), threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                number, body = next(waiting, (-1, b""))
            if number < 0:
                return
            began = time.perf_counter()
            connection.request("POST", "/api/v1/executions", body, tablets[number].headers)
            answer = connection.getresponse()
            receipts = answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200 or b'"rejected"' in receipts:
                raise RuntimeError(f"{answer.status}: {receipts[:200]!r}")

    seconds = _timed([work] * at_once)
    if len(took) != len(bodies):
        raise RuntimeError(f"{len(took)} of {len(bodies)} batches were answered")
    return seconds, took


def _timed(works: Sequence[Callable[[], None]]) -> float:
    threads = [threading.Thread(target=work) for work in works]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


# ── the peer ──

_STATEMENTS = (
    "INSERT INTO work_orders (activity, serial, channel, origin, state, created_by, executed_by, error_params,"
    " inserted_at, ended_at, lease_device, parameters, fence) VALUES ('reading', %(serial)s, 'mobile', 'tablet',"
    " 'executed', 'fleet', 'fleet', '{}', %(at)s, %(at)s, %(device)s, '{}', 0) RETURNING id",
    "INSERT INTO executions (key, work_order_id, device_id, sequence, head_hash, payload, received_at, job, part,"
    " parts, executed_by, executed_at, standing, serial) VALUES (%(key)s, %(order)s, %(device)s, 1, %(hash)s,"
    " %(payload)s, %(at)s, %(key)s, 1, 1, 'fleet', %(at)s, 'counted', %(serial)s)",
    "UPDATE meters SET last_executed_at = %(at)s, breaker_state = 'connected (100)' WHERE serial = %(serial)s",
    "INSERT INTO readings (execution_key, serial, t1, t2, t3, t4, t5, t6, total, meter_time, read_at, inserted_at)"
    " VALUES (%(key)s, %(serial)s, 1, 2, 3, 4, 5, 6, 21, %(at)s, %(at)s, %(at)s)",
    "UPDATE last_readings SET t1 = 1, t2 = 2, t3 = 3, t4 = 4, t5 = 5, t6 = 6, total = 21, meter_time = %(at)s,"
    " read_at = %(at)s, inserted_at = %(at)s WHERE serial = %(serial)s",
    "INSERT INTO events (epoch, kind, serial, work_order_id, execution_key, at) VALUES"
    " (1, 'reading', %(serial)s, %(order)s, %(key)s, %(at)s), (1, 'order', %(serial)s, %(order)s, %(key)s, %(at)s)",
)


def _bare(database: Database, tablets: Sequence[FleetTablet], serials: Sequence[str], total: int) -> float:
    """Seconds that as many processes as SMM has workers need for the same rows, with a commit for each envelope."""
    url = make_url(database.url)
    address = f"host={url.query['host']} user={url.username} dbname={url.database}"
    share = total // WORKERS
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(WORKERS + 1)
    arguments: list[Any] = [(address, tablets[0].id, list(serials), share, number, ready) for number in range(WORKERS)]
    processes = [context.Process(target=_insert, args=each) for each in arguments]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
    return time.perf_counter() - began


def _insert(address: str, device: str, serials: list[str], count: int, number: int, ready: Any) -> None:
    payload = Json(fleet.fleet_reading(serials[0]))
    with psycopg.connect(address) as connection:
        ready.wait()
        for place in range(count):
            values = {
                "serial": serials[(number + place * 7) % len(serials)],
                "device": device,
                "key": f"{number}-{place}-bare",
                "hash": "0" * 64,
                "payload": payload,
                "at": datetime.now(UTC),
            }
            order = connection.execute(_STATEMENTS[0], values).fetchone()
            values["order"] = order[0] if order else 0
            for statement in _STATEMENTS[1:]:
                connection.execute(statement, values)
            connection.commit()
