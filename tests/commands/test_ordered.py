"""`eplus job` for work orders that the tablet has claimed, and in the lab: changes from the command line."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.commands.main import cli
from agent.domain.activity import Activity
from agent.simulator.meter import SimulatedMeter
from agent.simulator.purse import Purse
from agent.store import Store, jobs, outbox
from tests.campaign.pool import Worker
from tests.campaign.stage import AMOUNT_WH, SERIAL, TECHNICIAN
from tests.commands.test_unordered import SAMPLE_METER, listening, meter_answers
from tests.dlms.virtual_line import LAST_ROW

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with ExitStack() as ending:
        opened = Worker()
        ending.callback(opened.close)
        yield opened


def meter(*, prepaid: bool = True) -> SimulatedMeter:
    return SimulatedMeter(
        SAMPLE_METER.serial,
        SAMPLE_METER.energies,
        SAMPLE_METER.lls_password,
        lambda: LAST_ROW,
        vending_key=SAMPLE_METER.vending_key,
        purse=Purse(prepaid=prepaid, credit=250_000),
    )


def run(*arguments: str, password: str = TECHNICIAN.password) -> tuple[int, dict[str, object]]:
    result = CliRunner(env={"EPLUS_PASSWORD": password}).invoke(cli, ["job", *arguments, "--json"])
    told: dict[str, object] = json.loads(result.stdout) if result.stdout.startswith("{") else {}
    return result.exit_code, told


def order(worker: Worker, folder: Path, url: str, activity: Activity, *more: str) -> list[str]:
    number = str(worker.stage.orders[activity])
    who = ["--user", TECHNICIAN.username, "--data", str(folder / "first")]
    return [activity.value, "--link", url, "--order", number, *who, *more]


@pytest.mark.parametrize("activity", [Activity.CREDIT_CHARGE, Activity.CHANGE, Activity.PREPAY_CONFIG])
def test_an_order_is_done_and_waits_for_smm(worker: Worker, activity: Activity) -> None:
    folder, at_hand = worker.new_place(), meter(prepaid=activity is not Activity.PREPAY_CONFIG)
    with listening(meter_answers(at_hand)) as url:
        status, told = run(*order(worker, folder, url, activity))
        again, refused = run(*order(worker, folder, url, activity))
    assert (status, told["outcome"], told["serial"]) == (0, "done", SERIAL)
    assert (again, refused["error"]["code"]) == (2, "order-unknown")  # type: ignore[index]
    store = Store.open(folder / "first")
    with store.read() as db:
        assert outbox.count_waiting(db) == 1
    store.close()
    assert at_hand.ledger.count("charge") == (activity is Activity.CREDIT_CHARGE)


def test_an_outcome_that_is_not_known_is_checked(worker: Worker) -> None:
    folder, at_hand = worker.new_place(), meter()
    cut = 1
    status = 0
    while status != 6:
        with listening(meter_answers(at_hand, cut_after=cut)) as url:
            status, told = run(*order(worker, folder, url, Activity.CREDIT_CHARGE))
        assert status in (3, 4, 6), told
        cut += 1
    with listening(meter_answers(at_hand)) as url:
        blocked, why = run(*order(worker, folder, url, Activity.CREDIT_CHARGE))
        assert (blocked, why["error"]["code"]) == (2, "outcome-open")  # type: ignore[index]
        checked, found = run(*order(worker, folder, url, Activity.CREDIT_CHARGE, "--check"))
    assert at_hand.ledger.count("charge") == (checked == 0)
    assert checked == 0 or found["error"]["code"] == "not-applied"  # type: ignore[index]


def test_who_may_not(worker: Worker) -> None:
    folder = worker.new_place()
    arguments = order(worker, folder, "tcp://127.0.0.1:1", Activity.CREDIT_CHARGE)
    status, told = run(*arguments, password="wrong")
    assert (status, told["error"]["code"]) == (8, "login-wrong")  # type: ignore[index]
    arguments[arguments.index(TECHNICIAN.username)] = "nobody"
    status, told = run(*arguments)
    assert (status, told["error"]["code"]) == (8, "login-never-here")  # type: ignore[index]
    store = Store.open(folder / "first")
    with store.read() as db:
        assert jobs.pending(db) == []
    store.close()


LAB = {
    "credit-charge": ["--amount", str(AMOUNT_WH)],
    "prepay-config": ["--profile", "Prepago residencial"],
    "change": ["--tariff", "Chile_THR_Tariff", "--contract", "Contract_10000"],
}


@pytest.mark.parametrize("activity", LAB)
def test_in_the_lab(tmp_path: Path, activity: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SAMPLE_METER.lls_password)
    how = ["--model", "cerm1", "--auth", "lls", "--secret-file", str(secret), "--data", str(tmp_path)]
    at_hand = meter(prepaid=activity != "prepay-config")
    with listening(meter_answers(at_hand)) as url:
        status, told = run(activity, "--link", url, "--serial", SERIAL, "--lab", *LAB[activity], *how)
    assert (status, told.get("outcome")) == (0, "done"), told
    assert at_hand.ledger.count("charge") == (activity == "credit-charge")


@pytest.mark.parametrize("activity", LAB)
def test_no_meter_but_a_simulated_one(tmp_path: Path, activity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.simulator.meter.SIMULATED", "ENL")
    secret = tmp_path / "secret"
    secret.write_bytes(SAMPLE_METER.lls_password)
    how = ["--model", "cerm1", "--auth", "lls", "--secret-file", str(secret), "--data", str(tmp_path)]
    at_hand = meter()
    with listening(meter_answers(at_hand)) as url:
        status, told = run(activity, "--link", url, "--serial", SERIAL, "--lab", *LAB[activity], *how)
    assert (status, told["error"]["code"]) == (2, "lab-only")  # type: ignore[index]
    assert at_hand.ledger.count("charge") == at_hand.ledger.count("configuration") == 0
