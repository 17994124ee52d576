"""`eplus twin` and `eplus simulate --twin` as a person types them: processes, files and sockets are real."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.domain.sample import METERS
from agent.meters.twin.file import read_twin
from agent.meters.twin.text import twin_text
from tests.interop.processes import EPLUS, eplus, simulated_meter
from tests.meters.twin.samples import SAMPLE

pytestmark = pytest.mark.slow

METER = METERS[0]


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A command that listens; gives the link to it."""
    with subprocess.Popen([*EPLUS, *arguments, "--tcp", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield "tcp://" + line.split("tcp://")[1].strip(), process
        finally:
            process.kill()


def job(link: str, activity: str, secret: Path, data: Path, *options: str) -> dict[str, Any]:
    where = ("--link", link, "--model", "cerm1", "--secret-file", str(secret), "--data", str(data))
    done = eplus("job", activity, *where, "--json", *options)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)["result"]
    return result


def test_recorded_played_and_read(tmp_path: Path) -> None:
    secret, file = tmp_path / "secret", tmp_path / "meter.twin"
    secret.write_bytes(METER.lls_password)
    with simulated_meter("--serial", METER.serial) as port:
        link = f"tcp://127.0.0.1:{port}"
        options = ("--secret-file", str(secret), "--model", "cerm1", "--rows", "20", "--data", str(tmp_path))
        done = eplus("twin", "record", "--link", link, *options, "-o", str(file))
        assert done.returncode == 0, done.stderr
        assert "attributes" in done.stdout and str(file) in done.stdout
        reading = job(link, "reading", secret, tmp_path)
    octets = file.read_bytes()
    for form in (METER.serial.encode(), METER.serial[7:].encode(), METER.lls_password):
        assert form not in octets and form.hex().encode() not in octets and form[::-1] not in octets

    own_secret = read_twin(file).access.secret
    assert own_secret is not None
    (tmp_path / "own").write_bytes(own_secret)
    with serving("simulate", "--twin", str(file), "--fast") as (link, _):
        played = job(link, "reading", tmp_path / "own", tmp_path)
        refused = eplus("job", "reading", "--link", link, "--secret-file", str(secret), "--model", "cerm1", "--json")
    assert json.loads(refused.stdout)["error"]["code"] == "association-refused"
    with serving("simulate", "--twin", str(file), "--fast", "--secret-file", str(secret)) as (link, _):
        assert job(link, "reading", secret, tmp_path)["tariffs"] == reading["tariffs"]
    assert {**played, "serial": "", "meter_time": "", "drift_s": 0} == {
        **reading, "serial": "", "meter_time": "", "drift_s": 0,
    }  # fmt: skip
    assert played["serial"] != reading["serial"]


def test_a_trace_is_replayed_and_a_difference_is_told(tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    trace.write_text("> 7E A0 07 03 23 93 0F 01 7E\n< 7E A0 07 21 03 1F 6E 5D 7E\n")
    with serving("twin", "replay", str(trace)) as (link, process):
        done = eplus("job", "reading", "--link", link, "--json", "--data", str(tmp_path))
        assert done.returncode != 0 and "Traceback" not in done.stderr
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "conversation 1: request 1, octet 5: 21 instead of 23"


@pytest.mark.parametrize(
    ("content", "code"),
    [("no twin", "line 1 makes no sense"), (twin_text(SAMPLE).replace('"twin": 1', '"twin": 9'), "newer version")],
)
def test_another_file_gives_words(content: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "meter.twin").write_text(content)
    done = eplus("simulate", "--tcp", "127.0.0.1:0", "--twin", str(tmp_path / "meter.twin"))
    assert done.returncode == 2 and code in done.stderr and "Traceback" not in done.stderr
    done = eplus("twin", "replay", "--tcp", "127.0.0.1:0", str(tmp_path / "meter.twin"))
    assert done.returncode == 2 and "no trace" in done.stderr


def test_a_readout_is_no_meter_of_which_there_are_twins(tmp_path: Path) -> None:
    done = eplus("twin", "record", "--link", "tcp://127.0.0.1:1", "--model", "readout", "-o", str(tmp_path / "x"))
    assert done.returncode == 2 and not (tmp_path / "x").exists()
