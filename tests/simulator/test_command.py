"""The command line against simulated meters of every kind: models, keys, sign-on, readout, object list."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.simulator.ledger import Ledger
from tests.interop.processes import EPLUS, eplus, simulated_meter

pytestmark = pytest.mark.slow

SERIAL = "OTHERMETER01"
KEYS = {"encryption_key": bytes(range(16)).hex(), "authentication_key": bytes(range(0xD0, 0xE0)).hex()}


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, str]:
    """Files of the meter's keys and of ours."""
    for name, title in (("meter", b"CRM\0\0\0\0\1"), ("ours", b"EPL\0\0\0\0\7")):
        (tmp_path / f"{name}.json").write_text(json.dumps({**KEYS, "system_title": title.hex()}))
    return str(tmp_path / "meter.json"), str(tmp_path / "ours.json")


def read(port: int, tmp_path: Path, *options: str, link_options: str = "") -> dict[str, Any]:
    link = f"tcp://127.0.0.1:{port}{link_options}"
    done = eplus("job", "reading", "--link", link, "--json", "--data", str(tmp_path), *options)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["serial"] == SERIAL
    return report


@pytest.mark.parametrize("model", ["cerm1", "cert1", "generic"])
def test_every_model_by_its_object_list(model: str, tmp_path: Path) -> None:
    with simulated_meter("--serial", SERIAL, "--model", model) as port:
        report = read(port, tmp_path)
    assert (report["result"]["breaker"] is None) == (model == "generic")
    assert len(report["result"]["tariffs"]) == (0 if model == "generic" else 6)
    assert int(report["result"]["total"]["value"]) > 0


@pytest.mark.parametrize("window", ["1", "7"])
def test_with_keys_twice_and_after_the_counters_are_lost(keys: tuple[str, str], tmp_path: Path, window: str) -> None:
    theirs, ours = keys
    meter = ["--serial", SERIAL, "--keys", theirs, "--auth", "hls-gmac", "--security", "auth-enc", "--window", window]
    job = ["--model", "cerm1", "--keys", ours, "--auth", "hls-gmac", "--security", "auth-enc"]
    with simulated_meter(*meter) as port:
        read(port, tmp_path / "one", *job)
        read(port, tmp_path / "one", *job)
        read(port, tmp_path / "another tablet, same title", *job)
        read(port, tmp_path / "one", *job)


def test_mode_e_then_hdlc(tmp_path: Path) -> None:
    with simulated_meter("--serial", SERIAL, "--signon", "mode-e") as port:
        read(port, tmp_path, link_options="?signon=mode-e")
        read(port, tmp_path, link_options="?signon=mode-e")


def test_a_meter_without_mode_e_is_said_and_read_out(tmp_path: Path) -> None:
    with simulated_meter("--serial", SERIAL, "--signon", "mode-c") as port:
        link = f"tcp://127.0.0.1:{port}?signon=mode-e"
        done = eplus("job", "reading", "--link", link, "--json", "--data", str(tmp_path))
        assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (4, "no-mode-e")
        report = read(port, tmp_path, "--model", "readout")
        another = eplus("job", "reading", "--link", link, "--model", "readout", "--serial", "ANOTHER1", "--json")
    result = report["result"]
    assert sum(int(quantity["value"]) for quantity in result["tariffs"].values()) == int(result["total"]["value"])
    assert (result["total"]["obis"], result["total"]["unit"], result["app_version"]) == ("1.0.1.8.0.255", "Wh", "3131")
    assert json.loads(another.stdout)["error"]["code"] == "other-meter"


def test_a_bad_line_is_read_all_the_same(tmp_path: Path) -> None:
    with simulated_meter("--serial", SERIAL, "--loss", "0.1", "--corrupt", "0.1", "--seed", "3") as port:
        read(port, tmp_path, "--model", "cerm1")


def test_the_object_list_is_shown(tmp_path: Path) -> None:
    with simulated_meter("--serial", SERIAL) as port:
        done = eplus("objects", "--link", f"tcp://127.0.0.1:{port}", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    header, *rows = done.stdout.splitlines()
    assert header == "class,version,logical name,interface class,readable,writable,methods"
    assert any(row.startswith("70,0,0.0.96.3.10.255,Disconnect control,") for row in rows), rows
    assert any("2 buffer" in row and "1.0.99.1.0.255" in row for row in rows)


def test_a_ledger_is_kept_over_restarts_and_belongs_to_one_meter(tmp_path: Path) -> None:
    file = tmp_path / "meter.jsonl"
    for starts in (1, 2):
        with simulated_meter("--serial", SERIAL, "--ledger", str(file)):
            assert Ledger(file).count("power-up") == starts
    other = eplus("simulate", "--tcp", "127.0.0.1:0", "--serial", "OTHERMETER02", "--ledger", str(file))
    assert (other.returncode, other.stderr) == (2, f"Not valid: ledger of {SERIAL}. Correct it and try again.\n")


@pytest.mark.parametrize("content", ["", "[]", '{"encryption_key": "zz"}', '{"other": "00"}'])
def test_a_key_file_that_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "k.json").write_text(content)
    job = ["--keys", str(tmp_path / "k.json"), "--security", "auth-enc", "--data", str(tmp_path)]
    done = eplus("job", "reading", "--link", "tcp://127.0.0.1:1", "--json", *job)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "bad-keys")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell that ignores SIGINT is POSIX's")
def test_ctrl_c_stops_it_also_in_the_background() -> None:
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    command = [*ignoring, *EPLUS, "simulate", "--tcp", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as meter:
        assert meter.stdout is not None
        assert "listening on tcp://127.0.0.1:" in meter.stdout.readline()
        meter.send_signal(signal.SIGINT)
        assert meter.wait(10) == 0
