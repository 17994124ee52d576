"""Whatever the clocks say, SMM's state of a meter is the true one: that of the work that was done last.

Two tablets work at one meter, one after the other, and send in either order. Every scenario has a true time line; the
clocks of the tablets and of SMM are functions of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from agent.domain.exchange import Envelope, ExecutionBatch
from agent.domain.exchange.envelope import Receipt
from agent.smm.app import create_app
from agent.smm.database import Database
from agent.smm.intake import batches
from agent.smm.keys import KeyBox
from agent.smm.models import Execution, LastReading, Meter, MeterFact, Reading, ReceivedRange
from agent.smm.people import access
from tests.conftest import copied
from tests.smm import samples
from tests.smm.conftest import SERIAL, Tablet, reading

START = datetime(2026, 10, 24, 18, tzinfo=UTC)
"""The evening before the clocks of Europe are set back."""
YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)
Clock = Callable[[datetime], datetime]


def off_by(offset: timedelta) -> Clock:
    return lambda true: true + offset


RIGHT = off_by(timedelta())


def set_at(moment: datetime, before: timedelta, after: timedelta) -> Clock:
    return lambda true: true + (before if true < moment else after)


def drifting(a_day: timedelta) -> Clock:
    return lambda true: true + a_day * ((true - START) / timedelta(days=1))


CLOCKS: dict[str, Clock] = {
    "right": RIGHT,
    "ten years ahead": off_by(10 * YEAR),
    "ten years behind": off_by(-10 * YEAR),
    "forty days ahead": off_by(timedelta(days=40)),
    "forty days behind": off_by(timedelta(days=-40)),
    "gains ten minutes a day": drifting(timedelta(minutes=10)),
    "loses ten minutes a day": drifting(timedelta(minutes=-10)),
    "an hour ahead, as if it were summer": off_by(HOUR),
    "set back by an hour in the night": set_at(START + 7 * HOUR, HOUR, timedelta()),
}


@dataclass
class Scene:
    """SMM and its clock; `true` is the time that nobody knows."""

    database: Database
    keys: KeyBox
    smm_clock: Clock = RIGHT
    true: datetime = START

    def now(self) -> datetime:
        return self.smm_clock(self.true)

    def wait(self, time: timedelta) -> None:
        self.true += time

    def meter(self) -> Meter:
        with self.database.read() as session:
            return session.get_one(Meter, SERIAL)

    def doubts(self) -> set[str]:
        with self.database.read() as session:
            return set(session.scalars(select(Execution.clock_doubt).where(Execution.clock_doubt.is_not(None))))


class Worker:
    """A tablet with a clock of its own, and the run of its program since `began`."""

    def __init__(self, scene: Scene, tablet: Tablet, clock: Clock) -> None:
        self.scene, self.tablet, self.clock = scene, tablet, clock
        self.restarts = 0
        self.restart()
        self.outbox: list[dict[str, Any]] = []
        with scene.database.begin() as session:
            moment = datetime.now(UTC)
            self.technician = access.session_of(session, tablet.headers["Authorization"], moment)

    def restart(self) -> None:
        self.restarts += 1
        self.began = self.scene.true

    def stamps(self) -> dict[str, Any]:
        uptime = int((self.scene.true - self.began).total_seconds())
        return {"run": f"run-{self.restarts}", "uptime_s": uptime}

    def do(self, kind: str, payload: dict[str, Any]) -> None:
        told = self.clock(self.scene.true)
        self.outbox.append(self.tablet.signed(payload, told, kind=kind, clock_drift_s=None, **self.stamps()))

    def send(self) -> list[Receipt]:
        batch = ExecutionBatch(envelopes=self.outbox, sent_at=self.clock(self.scene.true), **self.stamps())
        taken = batches.take_batch(self.scene.database, self.scene.keys, self.technician, batch, self.scene.now)
        assert {receipt.state for receipt in taken.receipts} <= {"accepted"}, taken.receipts
        self.outbox = []
        return taken.receipts


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(smm_sample: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, KeyBox, list[Tablet]]]:
    """One database for all scenarios: each begins with a meter of which nothing is known."""
    url = copied(smm_sample, tmp_path_factory.mktemp("clocks"))
    client: FlaskClient = create_app(url).test_client()
    tablets = []
    for _ in range(2):
        tablets.append(Tablet(client))
        assert tablets[-1].log_in().status_code == 201
    database = Database(url)
    yield database, KeyBox.for_database(url), tablets
    database.engine.dispose()


@pytest.fixture
def scene(stage: tuple[Database, KeyBox, list[Tablet]]) -> Scene:
    database, keys, tablets = stage
    with database.begin() as session:
        for table in (MeterFact, ReceivedRange, Reading):
            session.execute(delete(table))
        session.execute(update(Execution).values(clock_doubt=None))
        nothing = {"read_at": None, "total": None, "device_id": None, "sequence": None}
        session.execute(update(LastReading).values(**nothing))
    for tablet in tablets:
        tablet.sequence += 1000  # numbers grow for ever
    return Scene(database, keys)


@pytest.fixture
def tablets(stage: tuple[Database, KeyBox, list[Tablet]]) -> list[Tablet]:
    return stage[2]


def _reading(total: int, control: int) -> dict[str, Any]:
    payload = reading()
    payload["tariffs"] = {}
    payload["total"]["value"] = str(total)
    payload["breaker"] = {"control": control, "output": bool(control)}
    return payload


def _configured(*, is_prepay: bool) -> dict[str, Any]:
    return {**samples.EVERY_KIND["prepay-config"][1], "is_prepay": is_prepay}


def _changed(number: int) -> dict[str, Any]:
    return {**samples.EVERY_KIND["change"][1], "tariff_after": f"Tariff_{number}", "contract": f"Contract_{number}"}


def _credit(amount: int) -> dict[str, Any]:
    return {"kind": "credit-read", "serial": SERIAL, "credit": samples.credit_state(amount)}


Told = Callable[[Scene], object]
FACTS: dict[str, tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]], Told]] = {
    "reading": (("reading", _reading(100, 1)), ("reading", _reading(200, 0)), lambda scene: _last_total(scene)),
    "breaker of a reading": (
        ("reconnect", samples.breaker_change("connected", 1, output=True)),
        ("reading", _reading(200, 0)),
        lambda scene: scene.meter().breaker_state,
    ),
    "disconnect": (
        ("reconnect", samples.breaker_change("connected", 1, output=True)),
        ("disconnect", samples.breaker_change("disconnected", 0, output=False)),
        lambda scene: scene.meter().breaker_state,
    ),
    "reconnect": (
        ("disconnect", samples.breaker_change("disconnected", 0, output=False)),
        ("reconnect", samples.breaker_change("connected", 1, output=True)),
        lambda scene: scene.meter().breaker_state,
    ),
    "credit-read": (
        ("credit-read", _credit(500)),
        ("credit-read", _credit(400)),
        lambda scene: scene.meter().credit_wh,
    ),
    "credit-charge": (
        ("credit-read", _credit(500)),
        ("credit-charge", samples.charged(900, None)),
        lambda scene: scene.meter().credit_wh,
    ),
    "prepay-config": (
        ("prepay-config", _configured(is_prepay=True)),
        ("prepay-config", _configured(is_prepay=False)),
        lambda scene: scene.meter().is_prepay_configured,
    ),
    "tariff": (("change", _changed(1)), ("change", _changed(2)), lambda scene: scene.meter().tariff_profile),
    "contract": (("change", _changed(1)), ("change", _changed(2)), lambda scene: scene.meter().contract_profile),
}
TRUE = {
    "reading": 200,
    "breaker of a reading": "detached (0)",
    "disconnect": "detached (0)",
    "reconnect": "connected (100)",
    "credit-read": 400,
    "credit-charge": 1900,
    "prepay-config": False,
    "tariff": "Tariff_2",
    "contract": "Contract_2",
}


def _last_total(scene: Scene) -> object:
    with scene.database.read() as session:
        return session.get_one(LastReading, SERIAL).total


every_fact = pytest.mark.parametrize("fact", FACTS)


@pytest.mark.parametrize("sent", ["as done", "the other way round", "after a day and a restart"])
@pytest.mark.parametrize("second", CLOCKS)
@pytest.mark.parametrize("first", CLOCKS)
def test_two_tablets(scene: Scene, tablets: list[Tablet], first: str, second: str, sent: str) -> None:
    """All facts in one scenario: they are guarded each by itself."""
    one, two = Worker(scene, tablets[0], CLOCKS[first]), Worker(scene, tablets[1], CLOCKS[second])
    for before, _, _ in FACTS.values():
        one.do(*before)
    scene.wait(10 * HOUR)
    for _, after, _ in FACTS.values():
        two.do(*after)
    scene.wait(HOUR)
    if sent == "the other way round":
        two.send()
        scene.wait(HOUR)
        one.send()
    else:
        for each in (one, two):
            if sent == "after a day and a restart":
                scene.wait(timedelta(days=1))
                each.restart()
            each.send()
    assert {fact: told(scene) for fact, (_, _, told) in FACTS.items()} == _all_true()


def _all_true() -> dict[str, object]:
    """`disconnect` and `reconnect` are facts of one breaker, and the credit has one value: the last work tells them."""
    last = {"breaker of a reading": "connected (100)", "disconnect": "connected (100)", "credit-read": 5000}
    return {**TRUE, **last, "reconnect": "connected (100)", "credit-charge": 5000}


@every_fact
@pytest.mark.parametrize("clock", CLOCKS)
def test_one_tablet(scene: Scene, tablets: list[Tablet], fact: str, clock: str) -> None:
    before, after, told = FACTS[fact]
    one = Worker(scene, tablets[0], CLOCKS[clock])
    one.do(*before)
    scene.wait(10 * HOUR)
    one.do(*after)
    scene.wait(HOUR)
    one.send()
    assert told(scene) == TRUE[fact]


CHANGES = [timedelta(days=40), timedelta(days=-40), 10 * YEAR, -10 * YEAR, HOUR, -HOUR]


@every_fact
@pytest.mark.parametrize("change", CHANGES)
def test_the_clock_is_set_between_the_work_and_its_sending(
    scene: Scene, tablets: list[Tablet], fact: str, change: timedelta
) -> None:
    """The program runs on: spans within its run are exact, whatever its clock says."""
    before, after, told = FACTS[fact]
    clock = set_at(START + 5 * HOUR, timedelta(), change)
    one, two = Worker(scene, tablets[0], clock), Worker(scene, tablets[1], CLOCKS["right"])
    scene.wait(HOUR)
    one.do(*before)
    scene.wait(HOUR)
    two.do(*after)
    two.send()
    scene.wait(8 * HOUR)
    one.send()
    assert told(scene) == TRUE[fact]


@every_fact
@pytest.mark.parametrize("offset", CHANGES)
def test_the_program_was_restarted(scene: Scene, tablets: list[Tablet], fact: str, offset: timedelta) -> None:
    """The drift is measured at the call itself."""
    before, after, told = FACTS[fact]
    one, two = Worker(scene, tablets[0], off_by(offset)), Worker(scene, tablets[1], CLOCKS["right"])
    one.do(*before)
    scene.wait(3 * HOUR)
    two.do(*after)
    two.send()
    one.restart()
    scene.wait(HOUR)
    one.send()
    assert told(scene) == TRUE[fact]


@pytest.mark.parametrize("change", [change for change in CHANGES if abs(change) > HOUR])
def test_set_and_restarted_it_goes_to_a_person(scene: Scene, tablets: list[Tablet], change: timedelta) -> None:
    """Nobody can tell when that work was done. What comes later is not held up by it."""
    clock = set_at(START + 5 * HOUR, timedelta(), change)
    one, two = Worker(scene, tablets[0], clock), Worker(scene, tablets[1], CLOCKS["right"])
    before, after, told = FACTS["reconnect"]
    one.do(*before)
    scene.wait(6 * HOUR)
    one.restart()
    one.send()
    assert scene.doubts()
    scene.wait(HOUR)
    two.do(*after)
    two.send()
    assert told(scene) == TRUE["reconnect"]


def test_a_clock_that_was_wrong_for_a_while_does_not_move_its_work_before_earlier_work(
    scene: Scene, tablets: list[Tablet]
) -> None:
    """Set back 40 days, and right again before it sends: the order of the numbers shows when it must have been."""
    back, again = set_at(START + 3 * HOUR, timedelta(), timedelta(days=-40)), START + 5 * HOUR

    def clock(true: datetime) -> datetime:
        return back(true) if true < again else true

    one, two = Worker(scene, tablets[0], clock), Worker(scene, tablets[1], CLOCKS["right"])
    before, after, told = FACTS["reconnect"]
    two.do(*before)
    two.send()
    scene.wait(2 * HOUR)
    one.do("events", samples.EVERY_KIND["events"][1])
    scene.wait(2 * HOUR)
    one.do(*after)
    scene.wait(2 * HOUR)
    one.restart()
    one.send()
    assert told(scene) == TRUE["reconnect"]
    assert scene.doubts() == {"out-of-order"}


@pytest.mark.parametrize("same_tablet", [True, False])
@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=40), 10 * YEAR])
@every_fact
def test_smms_own_clock_was_ahead(
    scene: Scene, tablets: list[Tablet], fact: str, ahead: timedelta, same_tablet: bool
) -> None:
    before, after, told = FACTS[fact]
    scene.smm_clock = set_at(START + 3 * HOUR, ahead, timedelta())
    one = Worker(scene, tablets[0], CLOCKS["right"])
    two = one if same_tablet else Worker(scene, tablets[1], CLOCKS["right"])
    scene.wait(HOUR)
    one.do(*before)
    one.send()
    scene.wait(2 * HOUR + timedelta(minutes=30))
    two.do(*after)
    scene.wait(timedelta(minutes=5))
    two.send()
    assert told(scene) == TRUE[fact], "what lies in the future holds nobody up"
    if ahead > timedelta(hours=3):
        assert "smm-clock" in scene.doubts()


@pytest.mark.parametrize("same_tablet", [True, False])
@pytest.mark.parametrize("behind", [timedelta(hours=2), timedelta(days=40), 10 * YEAR])
@every_fact
def test_smms_own_clock_is_set_back(
    scene: Scene, tablets: list[Tablet], fact: str, behind: timedelta, same_tablet: bool
) -> None:
    before, after, told = FACTS[fact]
    scene.smm_clock = set_at(START + HOUR, timedelta(), -behind)
    one = Worker(scene, tablets[0], CLOCKS["right"])
    two = one if same_tablet else Worker(scene, tablets[1], CLOCKS["right"])
    one.do(*before)
    scene.wait(timedelta(minutes=30))
    one.send()
    scene.wait(HOUR)
    two.do(*after)
    scene.wait(timedelta(minutes=5))
    two.send()
    assert told(scene) == TRUE[fact]


def test_nothing_is_after_now_and_what_was_told_stays(scene: Scene, tablets: list[Tablet]) -> None:
    """A tablet of an earlier version tells neither its run nor its time."""
    envelope = tablets[0].signed(reading(), START + YEAR, clock_drift_s=None)
    batch = ExecutionBatch(envelopes=[envelope])
    one = Worker(scene, tablets[0], CLOCKS["right"])
    batches.take_batch(scene.database, scene.keys, one.technician, batch, scene.now)
    with scene.database.read() as session:
        kept = session.scalars(select(Execution).where(Execution.key == envelope["key"])).one()
    assert (kept.executed_at, kept.corrected_at, kept.clock_doubt) == (START + YEAR, START, "future")


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("sent", [None, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("drift", [None, -(2**62), 2**62])
def test_the_ends_of_the_calendar(
    scene: Scene, tablets: list[Tablet], told: str, sent: str | None, drift: int | None
) -> None:
    at = datetime.fromisoformat(told)
    head = {"run": "r", "uptime_s": 0, "clock_drift_s": drift, "executed_at": at, "started_at": at}
    envelope = tablets[0].signed(reading(), START, **head)
    assert Envelope.model_validate(envelope)
    one = Worker(scene, tablets[0], CLOCKS["right"])
    batch = ExecutionBatch.model_validate({"envelopes": [envelope], "sent_at": sent, "run": "r", "uptime_s": None})
    taken = batches.take_batch(scene.database, scene.keys, one.technician, batch, scene.now)
    assert [receipt.state for receipt in taken.receipts] == ["accepted"]
    assert scene.doubts()


def test_a_span_beyond_the_calendar(scene: Scene, tablets: list[Tablet]) -> None:
    envelope = tablets[0].signed(reading(), START, run="r", uptime_s=0)
    one = Worker(scene, tablets[0], CLOCKS["right"])
    batch = ExecutionBatch(envelopes=[envelope], run="r", uptime_s=2**200)
    taken = batches.take_batch(scene.database, scene.keys, one.technician, batch, scene.now)
    assert [receipt.state for receipt in taken.receipts] == ["accepted"]
