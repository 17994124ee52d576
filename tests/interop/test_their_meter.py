"""A Reading by our engine at a meter by another maker, through our command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import peers
from tests.interop.processes import eplus, free_port, serving

pytestmark = pytest.mark.interop

SERIAL = "PYD0000000001"
TOTAL = "12345678"


@pytest.fixture(scope="module", params=["1", "7"], ids=["window 1", "window 7"])
def meter(request: pytest.FixtureRequest) -> Iterator[str]:
    """A meter simulated by pydlms, HDLC over a socket; a client with a password as SAP 1."""
    if reason := peers.missing("pydlms-client"):
        pytest.skip(reason)
    port = free_port()
    command: list[str | Path] = [
        peers.python("pydlms-client"),
        "-m",
        "pydlms.cli",
        "simulate",
        "--hdlc",
        "--port",
        str(port),
    ]
    with serving([*command, "--hdlc-window", request.param, "--client", "1:1:abcd1234"], port):
        yield f"tcp://127.0.0.1:{port}"


def test_reading(meter: str) -> None:
    done = eplus("job", "reading", "--link", meter, "--serial", SERIAL, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["outcome"] == "done"
    assert report["serial"] == SERIAL
    assert report["result"]["total"] == {"obis": "1.0.1.8.0.255", "value": TOTAL, "scaler": 0, "unit": "Wh"}
    assert report["result"]["breaker"] == {"control": 1, "output": True}
    assert report["steps"][0] == "readserial"


def test_reading_with_a_password(meter: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("abcd1234\n")
    options = ["--auth", "lls", "--client-sap", "1", "--secret-file", str(secret)]
    done = eplus("job", "reading", "--link", meter, "--json", *options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["total"]["value"] == TOTAL


def test_wrong_password(meter: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    options = ["--auth", "lls", "--client-sap", "1", "--secret-file", str(secret)]
    done = eplus("job", "reading", "--link", meter, "--json", *options)
    assert done.returncode == 5
    assert json.loads(done.stdout)["error"]["code"] == "association-refused"


def test_another_meters_serial_number(meter: str) -> None:
    done = eplus("job", "reading", "--link", meter, "--serial", "UAAEEDN11200129695", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "other-meter"


@pytest.mark.parametrize("max_info", ["32", "128", "2030"])
def test_every_frame_size(meter: str, max_info: str) -> None:
    done = eplus("job", "reading", "--link", meter, "--json", "--max-info", max_info)
    assert done.returncode == 0, done.stderr
