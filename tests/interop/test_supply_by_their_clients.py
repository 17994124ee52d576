"""Other makers' clients change our simulated meter: limiter, calendar, breaker, clock and credit; its ledger has it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.matrix import Matrix
from tests.interop.processes import simulated_meter
from tests.interop.their_client import SCRIPTS, do

pytestmark = [pytest.mark.interop, pytest.mark.parametrize("peer", SCRIPTS)]

SERIAL = "UAAEEDN11200129695"
WHO = {"client_sap": 1, "auth": "lls", "secret": "ROSSO-03"}
NOTHING = "0f00"
BREAKER, LIMITER, CALENDAR, CLOCK, CREDIT = (
    "70/0.0.96.3.10.255",
    "71/0.0.17.0.0.255",
    "20/0.0.13.0.0.255",
    "8/0.0.1.0.0.255",
    "112/0.0.19.10.0.255",
)
NAME = "0908" + b"OTHER_88".hex()
NEW_YEAR = "090c" + "07ea0101ff0c000000ffc400"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "meter.jsonl"


@pytest.fixture
def port(ledger: Path) -> Iterator[int]:
    with simulated_meter("--serial", SERIAL, "--ledger", str(ledger)) as port:
        yield port


def noted(ledger: Path) -> list[str]:
    """What was done, in order."""
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    return [entry.get("what", entry["kind"]) for entry in entries if entry["kind"] != "power-up"]


def test_supply(port: int, ledger: Path, peer: str, matrix: Matrix) -> None:
    with matrix.trial(peer, "limiter, calendar, breaker and clock"):
        steps = [
            {"set": f"{LIMITER}/4", "hex": "0600002710"},
            {"get": f"{LIMITER}/3"},
            {"set": f"{CALENDAR}/6", "hex": NAME},
            {"action": f"{CALENDAR}/1", "hex": NOTHING},
            {"get": f"{CALENDAR}/2"},
            {"action": f"{BREAKER}/2", "hex": NOTHING},
            {"get": f"{BREAKER}/3"},
            {"action": f"{BREAKER}/1", "hex": NOTHING},
            {"get": f"{BREAKER}/2"},
            {"set": f"{CLOCK}/2", "hex": NEW_YEAR},
            {"get": f"{CLOCK}/2"},
        ]
        results = do(peer, steps, port=port, **WHO)
        got = [result for step, result in zip(steps, results, strict=True) if "get" in step]
        assert [*got[:4], got[4][:12]] == ["0600002710", NAME, "1601", "0300", NEW_YEAR[:12]]
        assert noted(ledger) == ["threshold_normal", "calendar_name_passive", "calendar", "breaker", "breaker", "clock"]


def test_credit_update(port: int, ledger: Path, peer: str, matrix: Matrix) -> None:
    with matrix.trial(peer, "credit update"):
        amount = f"{CREDIT}/2"
        steps = [{"get": amount}, {"action": f"{CREDIT}/1", "hex": "05000003e8"}, {"get": amount}]
        before, _, after = do(peer, steps, port=port, **WHO)
        assert int(after[2:], 16) - int(before[2:], 16) == 1000
        assert noted(ledger) == ["charge"]


def test_a_value_of_another_type_changes_nothing(port: int, ledger: Path, peer: str, matrix: Matrix) -> None:
    with matrix.trial(peer, "a wrong type is refused"):
        (result,) = do(peer, [{"set": f"{LIMITER}/4", "hex": "122710"}], port=port, **WHO)
        assert result == {"error": 12}
        assert noted(ledger) == []
