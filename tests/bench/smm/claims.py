"""Two hundred tablets that take ten thousand orders, all at the same moment."""

import http.client
import threading
import time
from collections import Counter

from sqlalchemy import insert, select

from agent.smm.database import Database, utc_now
from agent.smm.models import WorkOrder
from tests.bench.figure import Figure
from tests.bench.smm.stage import WORKERS, empty_database, percentile
from tests.smm import fleet
from tests.smm.fleet import FleetTablet
from tests.smm.serving import served

TABLETS, ORDERS = 200, 10_000
KEEPING_SECONDS = 0.25
"""From an order that a tablet got to its next wish: the way there and back over a mobile network, and the disk that
the claim is kept on first. What is timed is SMM alone."""


def claims() -> list[Figure]:
    """How long a claim takes at worst, and how many orders were claimed other than once."""
    with empty_database() as database:
        tablets = fleet.enrol(database, TABLETS, utc_now())
        numbers = _orders(database, fleet.add_meters(database, ORDERS))
        with served(database.url, WORKERS) as port:
            taken, took = _claim_all(port, tablets, numbers)
    wrong = ORDERS - sum(1 for count in Counter(taken).values() if count == 1)
    return [
        Figure("a claim, p99", "s", percentile(took, 0.99), None, "", 0.5, "at most", absolute=True),
        Figure("orders not claimed once", "orders", wrong, None, "", 0, "at most", absolute=True),
    ]


def _orders(database: Database, serials: list[str]) -> list[int]:
    fixed = {"activity": "reading", "channel": "mobile", "origin": "smm", "state": "available", "created_by": "bench"}
    rows = [{**fixed, "serial": serial, "inserted_at": utc_now(), "parameters": {"kind": "none"}} for serial in serials]
    with database.begin() as session:
        session.execute(insert(WorkOrder), rows)
        return list(session.scalars(select(WorkOrder.id).order_by(WorkOrder.id)))


def _claim_all(port: int, tablets: list[FleetTablet], numbers: list[int]) -> tuple[list[int], list[float]]:
    """Each tablet goes through its share and its neighbour's, so that every order is wanted twice."""
    taken, took = list[int](), list[float]()
    share = len(numbers) // len(tablets)

    def work(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        mine = [numbers[(place * share + step) % len(numbers)] for step in range(2 * share)]
        for number in mine:
            began = time.perf_counter()
            connection.request("POST", f"/api/v1/work-orders/{number}/claim", b"", tablets[place].headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status == 200:
                taken.append(number)
                time.sleep(KEEPING_SECONDS)
            elif answer.status != 409:
                raise RuntimeError(f"{answer.status}")

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(tablets))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken, took
