"""What a simulated meter did survives its restart: on disk before it answers, and done once."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.dlms import Data, Tag
from agent.domain.errors import InputError
from agent.simulator.ledger import Ledger
from agent.simulator.meter import SimulatedMeter
from agent.simulator.objects import structure
from tests.simulator.operated import CREDIT, Time, act, credit, enter, get, new_meter, put, token, token_status

ACCOUNT, LIMITER, CALENDAR = (111, "0.0.19.0.0"), (71, "0.0.17.0.0"), (20, "0.0.13.0.0")
BREAKER, CLOCK, CHARGE = (70, "0.0.96.3.10"), (8, "0.0.1.0.0"), (113, "0.0.19.20.0")
NOTHING = Data(Tag.INTEGER, 0)
SOON = Data(Tag.OCTET_STRING, bytes.fromhex("07ea060101 13000000 000000"))

Change = Callable[[SimulatedMeter], object]
CHANGES: dict[str, Change] = {
    "token": lambda meter: enter(meter, token(1, 500)),
    "token refused": lambda meter: enter(meter, b"none"),
    "sum": lambda meter: act(meter, CREDIT, 1, Data(Tag.DOUBLE_LONG, 500)),
    "credit set": lambda meter: act(meter, CREDIT, 2, Data(Tag.DOUBLE_LONG, 500)),
    "threshold": lambda meter: put(meter, CREDIT, 5, Data(Tag.DOUBLE_LONG, 500)),
    "mode": lambda meter: put(meter, ACCOUNT, 2, structure(Data(Tag.ENUM, 1), Data(Tag.ENUM, 3))),
    "activate account": lambda meter: act(meter, ACCOUNT, 1, NOTHING),
    "unit charge": lambda meter: act(meter, CHARGE, 2, NOTHING),
    "disconnect": lambda meter: act(meter, BREAKER, 1, NOTHING),
    "contract": lambda meter: put(meter, LIMITER, 4, Data(Tag.DOUBLE_LONG_UNSIGNED, 10_000)),
    "calendar": lambda meter: put(meter, CALENDAR, 6, Data(Tag.OCTET_STRING, b"New")),
    "activate calendar": lambda meter: act(meter, CALENDAR, 1, NOTHING),
    "clock": lambda meter: put(meter, CLOCK, 2, SOON),
}


def everything(meter: SimulatedMeter) -> dict[str, Any]:
    """All its attributes but the event log."""
    objects = meter._objects._objects
    left_out = {"0.0.99.98.0.255", "0.0.96.11.0.255", "0.0.40.0.0.255"}
    return {
        f"{name}/{number}": read()
        for name, known in objects.items()
        if name not in left_out
        for number, read in known.attributes.items()
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "meters" / "one.jsonl"


@pytest.mark.parametrize("name", CHANGES)
def test_a_restart_changes_nothing(file: Path, name: str) -> None:
    time = Time()
    meter = new_meter(time, file)
    time.passes(timedelta(hours=5))
    CHANGES[name](meter)
    time.passes(timedelta(hours=5))
    again = new_meter(time, file, credit=77, connected=False, ahead=timedelta(days=1))
    assert everything(again) == everything(meter)
    assert again.ledger.charges == meter.ledger.charges


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_on_the_disk_before_it_is_answered(file: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the entry is on disk, nothing was done; after it, everything was; never half."""
    time = Time()
    meter = new_meter(time, file)
    before, whole_lines = everything(meter), file.read_bytes()
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _descriptor: synced.append(file.read_bytes()))
    CHANGES[name](meter)
    after = everything(meter)
    assert synced == [file.read_bytes()]
    added = len(synced[0]) - len(whole_lines)
    for cut in {0, 1, added // 2, added - 1, added}:
        file.write_bytes(synced[0][: len(whole_lines) + cut])
        assert everything(new_meter(time, file)) == (after if cut == added else before)


@pytest.mark.parametrize("name", CHANGES)
def test_what_cannot_be_kept_has_not_been_done(file: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    meter = new_meter(time, file)
    before = everything(meter)

    def full(_descriptor: int) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="disk full"):
            CHANGES[name](meter)
    assert everything(meter) == before
    CHANGES[name](meter)
    assert sum(meter.ledger.charges.values()) <= 1
    assert everything(new_meter(time, file)) == everything(meter)


def test_a_restart_between_applied_and_answered_leaves_one_charge(file: Path) -> None:
    time = Time()
    enter(new_meter(time, file), token(1, 500))
    again = new_meter(time, file)
    assert (credit(again), token_status(again)) == (10_500, 3)
    enter(again, token(1, 500))
    assert (credit(again), token_status(again)) == (10_500, 6)
    assert again.ledger.charges == {((1).to_bytes(16, "big").hex(), 500): 1}
    assert Ledger(file).charges == again.ledger.charges


def test_what_is_in_it(file: Path) -> None:
    meter = new_meter(Time(), file, ahead=timedelta(seconds=3))
    enter(meter, token(1, 500))
    start, charged = (json.loads(line) for line in file.read_text().splitlines())
    assert (start["kind"], charged["kind"], charged["amount"]) == ("power-up", "charge", 500)
    assert charged["at"] == datetime(2026, 6, 1, 12, 0, 3, tzinfo=UTC).isoformat()
    assert meter.vending_key.decode() not in file.read_text()


@pytest.mark.parametrize("content", ["nonsense\n", "[]\n", "3\n", '{"kind": "charge"}\n', '{"kind": 1}\nnonsense\n'])
def test_a_file_that_is_no_ledger(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(InputError, match="bad-input"):
        Ledger(file)
    assert file.read_text() == content


def test_another_meters_ledger(file: Path) -> None:
    meter = new_meter(Time(), file)
    with pytest.raises(InputError, match="bad-input"):
        SimulatedMeter("SIM-0002", (0,) * 6, b"12345678", meter.now, ledger=Ledger(file))


def test_a_clock_that_was_set_stays_set(file: Path) -> None:
    time = Time()
    put(
        new_meter(time, file),
        CLOCK,
        2,
        Data(Tag.OCTET_STRING, bytes.fromhex("07ea0601010d00000000 0000".replace(" ", ""))),
    )
    time.passes(timedelta(minutes=5))
    assert get(new_meter(time, file), CLOCK, 2).value.hex() == "07ea0601010d050000000000"
