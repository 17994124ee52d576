"""A technician's changes by our procedures at another maker's meter; a third maker's client sees what came of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.interop.matrix import Matrix
from tests.interop.processes import eplus
from tests.interop.their_client import do
from tests.interop.their_meter import pydlms_meter

pytestmark = pytest.mark.interop

SERIAL, WITNESS = "PYD0000000001", "gurux-dlms"
MODEL = """
title = "Another maker's"
[association]
client_sap = 16
server_sap = 1
[objects]
serial_number = ["0.0.96.1.0"]
clock = "0.0.1.0.0"
disconnect_control = "0.0.96.3.10"
load_profile = "1.0.99.1.0"
limiter = "0.0.17.0.0"
activity_calendar = "0.0.13.0.0"
[energy]
total = "1.0.1.8.0"
[prepayment]
account = "0.0.19.0.0"
credit = "0.0.19.10.0"
charge = "0.0.19.20.0"
max_power_w = 15000
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with pydlms_meter(supply=True) as port:
        yield port


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "models").mkdir()
    (folder / "models" / "other.toml").write_text(MODEL, encoding="utf-8")
    return folder


def job(port: int, data: Path, activity: str, *options: str) -> dict[str, Any]:
    how = ["--link", f"tcp://127.0.0.1:{port}", "--serial", SERIAL, "--model", "other", "--data", str(data), "--json"]
    done = eplus("job", activity, *how, *options)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)["result"]
    return result


def seen(port: int, *attributes: str) -> list[Any]:
    return do(WITNESS, [{"get": each} for each in attributes], port=port)


def test_disconnect_and_reconnect(port: int, data: Path, matrix: Matrix) -> None:
    breaker = ("70/0.0.96.3.10.255/2", "70/0.0.96.3.10.255/3")
    with matrix.trial("pydlms meter", "disconnect and reconnect"):
        assert job(port, data, "disconnect", "--reason", "impago")["outcome"] == "disconnected"
        assert seen(port, *breaker) == ["0300", "1600"]
        assert job(port, data, "reconnect")["outcome"] == "connected"
        assert seen(port, *breaker) == ["0301", "1601"]


def test_clock_check_and_set(port: int, data: Path, matrix: Matrix) -> None:
    with matrix.trial("pydlms meter", "clock checked and set"):
        assert job(port, data, "clock")["drift_s"] < -600
        done = job(port, data, "clock", "--set", "--far-off")
        assert abs(done["drift_after_s"]) < 5
        (clock,) = seen(port, "8/0.0.1.0.0.255/2")
        assert int(clock[4:8], 16) == datetime.now(UTC).astimezone().year


def test_load_profile_by_range(port: int, data: Path, matrix: Matrix) -> None:
    span = ["--from", "2024-05-01T06:00+00:00", "--to", "2024-05-01T07:45+00:00"]
    with matrix.trial("pydlms meter", "load profile by range"):
        rows = job(port, data, "load-profile", *span)["rows"]
        assert [row[1] for row in rows] == [str(1000 + 7 * number) for number in range(24, 32)]
        assert rows[0][0] == "2024-05-01T06:00:00+00:00"
        assert job(port, data, "load-profile", "--info")["rows_held"] == 96


def test_tariff_and_contract(port: int, data: Path, matrix: Matrix) -> None:
    """Its threshold is a number of 16 bits, and stays one."""
    with matrix.trial("pydlms meter", "calendar and limiter"):
        done = job(port, data, "change", "--lab", "--tariff", "Chile_THR_Tariff", "--contract", "Contract_10000")
        assert (done["tariff_before"], done["tariff_after"]) == ("Base", "Chile_THR_Tariff")
        assert (done["threshold_before_w"], done["threshold_after_w"]) == (5000, 10000)
        name, days, threshold = seen(port, "20/0.0.13.0.0.255/2", "20/0.0.13.0.0.255/5", "71/0.0.17.0.0.255/4")
        assert bytes.fromhex(name)[2:] == b"Chile_THR_Tariff"
        assert (days[:4], threshold) == ("0103", "122710")


def test_credit_update(port: int, data: Path, matrix: Matrix) -> None:
    with matrix.trial("pydlms meter", "credit update"):
        before = job(port, data, "credit-read")["credit"]["amount_wh"]
        done = job(port, data, "credit-charge", "--lab", "--amount", "70000")
        assert (done["before_wh"], done["after_wh"], done["token_id"]) == (before, before + 70000, None)
        assert seen(port, "112/0.0.19.10.0.255/2") == ["05" + (before + 70000).to_bytes(4).hex()]
