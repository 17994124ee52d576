"""The command line in the TCP wrapper, and at meters behind a simulated gateway."""

import contextlib
import json
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from agent.simulator.ledger import Ledger
from tests.interop.processes import EPLUS, eplus, simulated_meter

pytestmark = pytest.mark.slow

OWN, NEAR, FAR = "GATEWAY000001", "BEHIND0000001", "BEHIND0000002"
WAYS = {OWN: "", NEAR: "?gateway=0/0xA1B2", FAR: "?gateway=7/BEHIND0000002"}
GATEWAY = ["--serial", OWN, "--gateway", f"0/0xA1B2={NEAR}", "--gateway", f"7/{FAR}={FAR}"]
DAYS = 25


@pytest.fixture(scope="module", params=["tcp+wrapper", "tcp"])
def gateway(request: pytest.FixtureRequest) -> Iterator[str]:
    """The link to a gateway that is a meter itself."""
    options = ["--wrapper"] if request.param == "tcp+wrapper" else ["--max-info", "2030", "--window", "7"]
    with simulated_meter(*GATEWAY, *options) as port:
        yield f"{request.param}://127.0.0.1:{port}"


def job(activity: str, link: str, folder: Path, *options: str) -> dict[str, Any]:
    """The report, or the error with `exit_code`."""
    done = eplus("job", activity, "--link", link, "--json", "--data", str(folder), *options)
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    told: dict[str, Any] = report.get("error", report)
    return told | {"exit_code": done.returncode}


@pytest.mark.parametrize("serial", WAYS)
def test_a_reading_of_each_meter(gateway: str, serial: str, tmp_path: Path) -> None:
    report = job("reading", gateway + WAYS[serial], tmp_path, "--serial", serial)
    assert (report.get("outcome"), report["serial"]) == ("done", serial), report


@pytest.mark.parametrize("pdu", ["300", "65535"], ids=["in blocks", "in one APDU"])
@pytest.mark.parametrize("serial", [OWN, FAR])
def test_a_long_profile(gateway: str, serial: str, pdu: str, tmp_path: Path) -> None:
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    period = ["--from", (last - timedelta(days=DAYS)).isoformat(), "--to", last.isoformat()]
    report = job("load-profile", gateway + WAYS[serial], tmp_path, *period, "--max-pdu", pdu, "--max-info", "2030")
    assert len(report["result"]["rows"]) == DAYS * 96 + 1, report


def test_objects(gateway: str, tmp_path: Path) -> None:
    done = eplus("objects", "--link", gateway + WAYS[NEAR], "--data", str(tmp_path))
    assert done.returncode == 0 and "0.0.96.3.10.255,Disconnect control" in done.stdout, done.stderr


def test_a_trace_shows_headers_and_no_secret(gateway: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("~traced~secret~")
    eplus("doctor", "trace", "--on", "--data", str(tmp_path))
    password = ["--client-sap", "1", "--auth", "lls", "--secret-file", str(secret)]
    assert job("reading", gateway + WAYS[NEAR], tmp_path, *password)["code"] == "association-refused"
    eplus("doctor", "trace", "--export", str(tmp_path / "told.txt"), "--data", str(tmp_path))
    text = (tmp_path / "told.txt").read_text(encoding="utf-8")
    header = "> 00 01 00 01 00 01 00" if gateway.startswith("tcp+wrapper") else "> 7E A0"
    assert header in text and secret.read_bytes()[:4].hex(" ").upper() not in text


def test_another_meter_than_was_meant(gateway: str, tmp_path: Path) -> None:
    assert job("reading", gateway + WAYS[NEAR], tmp_path, "--serial", FAR)["code"] == "other-meter"


def test_a_password_and_a_change_behind_the_gateway(tmp_path: Path) -> None:
    """Each meter behind has a ledger of its own, beside the gateway's."""
    (tmp_path / "secret").write_text("interop")
    options = [*GATEWAY, "--wrapper", "--ledger", str(tmp_path / "l.jsonl"), "--secret-file", str(tmp_path / "secret")]
    with simulated_meter(*options) as port:
        link = f"tcp+wrapper://127.0.0.1:{port}{WAYS[FAR]}"
        known = ["--model", "cerm1", "--secret-file", str(tmp_path / "secret"), "--reason", "test"]
        report = job("disconnect", link, tmp_path, "--serial", FAR, *known)
    assert report.get("outcome") == "done", report
    counts = {serial: Ledger(tmp_path / f"l-{serial}.jsonl").count("breaker") for serial in (NEAR, FAR)}
    assert counts == {NEAR: 0, FAR: 1} and Ledger(tmp_path / "l.jsonl").count("breaker") == 0


def test_what_does_not_go_together_is_said() -> None:
    for options, told in (
        (["--wrapper", "--signon", "mode-e"], "Not valid: --wrapper."),
        (["--gateway", "1/0xA1"], "Not valid: gateway"),
        (["--gateway", "300/0xA1=METER001"], "Not valid: gateway"),
    ):
        done = eplus("simulate", "--tcp", "127.0.0.1:0", *options)
        assert done.returncode == 2 and done.stderr.startswith(told), done.stderr
    done = eplus("job", "reading", "--model", "readout", "--link", "tcp+wrapper://127.0.0.1:1")
    assert done.returncode == 2 and "readout" in done.stderr, done.stderr


@contextlib.contextmanager
def saying(answer: bytes) -> Iterator[int]:
    """A device that says this to whatever comes first, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("answer", "code"),
    [("", "link-lost"), ("0001 0001 0010 0040 61", "link-lost"), ("7ea00a210373c2ba", "wrapper-version")],
    ids=["nothing", "half an answer", "HDLC"],
)
def test_a_connection_that_ends_and_a_device_that_speaks_hdlc(answer: str, code: str, tmp_path: Path) -> None:
    with saying(bytes.fromhex(answer)) as port:
        error = job("reading", f"tcp+wrapper://127.0.0.1:{port}", tmp_path)
    assert error["code"] == code and error["exit_code"] == (3 if code == "link-lost" else 4)


def test_it_says_where_it_listens() -> None:
    command = [*EPLUS, "simulate", "--tcp", "127.0.0.1:0", "--wrapper"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as meter:
        assert meter.stdout is not None
        assert "listening on tcp+wrapper://127.0.0.1:" in meter.stdout.readline()
        meter.terminate()
