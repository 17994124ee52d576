"""Our simulated meter, read by the clients of three other makers, with and without a password."""

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.interop import peers
from tests.interop.processes import simulated_meter

pytestmark = pytest.mark.interop

CLIENTS = Path(__file__).with_name("clients")
SERIAL, PASSWORD, TOTAL = "UAAEEDN11200129695", "ROSSO-03", 1352143
SERIAL_NUMBER, VALUE, SCALER, CLOCK = (
    "1/0.0.96.1.0.255/2",
    "3/1.0.1.8.0.255/2",
    "3/1.0.1.8.0.255/3",
    "8/0.0.1.0.0.255/2",
)
WHO = [pytest.param("16", "-", id="no authentication"), pytest.param("1", PASSWORD, id="password")]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with simulated_meter("--serial", SERIAL) as port:
        yield port


def run(peer: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if reason := peers.missing(peer):
        pytest.skip(reason)
    command = [peers.python(peer), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def read(peer: str, script: str, port: int, sap: str, password: str) -> dict[str, object]:
    wanted = (SERIAL_NUMBER, VALUE, SCALER, CLOCK)
    done = run(peer, CLIENTS / script, "127.0.0.1", str(port), sap, password, *wanted)
    assert done.returncode == 0, done.stderr[-2000:]
    values: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return values


def assert_now(octets: bytes) -> None:
    """The clock's twelve octets say today's date."""
    year, month, day = int.from_bytes(octets[:2]), octets[2], octets[3]
    assert abs((datetime(year, month, day) - datetime.now()).days) <= 1


@pytest.mark.parametrize(("sap", "password"), WHO)
def test_gurux(port: int, sap: str, password: str) -> None:
    values = read("gurux-dlms", "gurux_client.py", port, sap, password)
    assert bytes.fromhex(str(values[SERIAL_NUMBER])).decode() == SERIAL
    assert (values[VALUE], values[SCALER]) == (TOTAL, [0, 30])
    assert_now(bytes.fromhex(str(values[CLOCK])))


@pytest.mark.parametrize(("sap", "password"), WHO)
def test_dlms_cosem(port: int, sap: str, password: str) -> None:
    values = read("dlms-cosem", "cosem_client.py", port, sap, password)
    assert values[SERIAL_NUMBER] == "0912" + SERIAL.encode().hex()
    assert values[VALUE] == "06" + TOTAL.to_bytes(4).hex()
    assert values[SCALER] == "02020f00161e"
    assert_now(bytes.fromhex(str(values[CLOCK]))[2:])


@pytest.mark.parametrize(("sap", "password"), WHO)
def test_pydlms(port: int, sap: str, password: str) -> None:
    who = ["--client", sap, *(["--auth", "lls", "--password", password] if password != "-" else [])]
    meter = f"tcp+hdlc://127.0.0.1:{port}"
    register = ["read", *who, meter, "--obis", "1.0.1.8.0.255", "--class", "3", "--attr", "2", "--register"]
    done = run("pydlms-client", "-m", "pydlms.cli", "--json", *register)
    assert done.returncode == 0, done.stderr
    assert (json.loads(done.stdout)[0]["value"], json.loads(done.stdout)[0]["unit"]) == (TOTAL, "Wh")
    listed = run("pydlms-client", "-m", "pydlms.cli", "--json", "list", *who, meter)
    assert {"1.0.1.8.6.255", "0.0.96.3.10.255"} <= {entry["obis"] for entry in json.loads(listed.stdout)}


def test_a_wrong_password_is_refused(port: int) -> None:
    who = ["--client", "1", "--auth", "lls", "--password", "wrong"]
    done = run("pydlms-client", "-m", "pydlms.cli", "clock", *who, f"tcp+hdlc://127.0.0.1:{port}")
    assert done.returncode != 0
