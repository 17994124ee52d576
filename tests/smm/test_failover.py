"""The database's host dies in the middle of an evening: what was acknowledged is there, once."""

import threading
import time

import pytest
from sqlalchemy import func, select

from agent.smm.database import Database, migrate, utc_now
from agent.smm.keys import VARIABLE
from agent.smm.models import Execution, Reading, WorkOrder
from tests.smm import fleet
from tests.smm.cluster import pair
from tests.smm.conftest import KEY
from tests.smm.serving import send_until_answered, served

pytestmark = pytest.mark.slow
TABLETS, BATCHES, SIZE = 8, 30, 10


def test_the_primary_is_killed_during_intake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    with pair() as (first, second):
        url = (
            f"postgresql+psycopg://postgres@/postgres?host={first.address}&host={second.address}"
            "&target_session_attrs=read-write"
        )
        migrate(url)
        database = Database(url)
        tablets = fleet.enrol(database, TABLETS, utc_now())
        serials = fleet.add_meters(database, SIZE * TABLETS)
        database.engine.dispose()
        acknowledged: set[str] = set()
        states: list[str] = []

        def work(number: int, port: int) -> None:
            tablet = tablets[number]
            for _ in range(BATCHES):
                receipts = send_until_answered(port, tablet, tablet.readings(serials[number * SIZE :][:SIZE]))
                acknowledged.update(receipt["key"] for receipt in receipts)
                states.extend(receipt["state"] for receipt in receipts)

        with served(url) as port:
            threads = [threading.Thread(target=work, args=(number, port)) for number in range(TABLETS)]
            for thread in threads:
                thread.start()
            _wait_for(lambda: len(acknowledged) >= 300)
            assert any(thread.is_alive() for thread in threads)
            first.kill()
            before = len(acknowledged)
            second.promote()
            for thread in threads:
                thread.join()
        assert before < TABLETS * BATCHES * SIZE
        after = Database(url)
        with after.read() as session:
            kept = list(session.scalars(select(Execution.key)))
            orders = session.scalar(select(func.count()).select_from(WorkOrder))
            readings = session.scalar(select(func.count()).select_from(Reading))
        after.engine.dispose()
    assert set(states) <= {"accepted", "duplicate"}
    assert len(kept) == len(set(kept)) == TABLETS * BATCHES * SIZE == orders == readings
    assert acknowledged == set(kept)


def _wait_for(holds: object) -> None:
    for _ in range(1200):
        if callable(holds) and holds():
            return
        time.sleep(0.05)
    raise TimeoutError
