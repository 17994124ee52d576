"""A job done by another maker's client, in its own environment; jobs and answers as in `clients/job.py`."""

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interop import peers
from tests.interop.matrix import PeerCannot

SCRIPTS = {"gurux-dlms": "gurux_client.py", "dlms-cosem": "cosem_client.py", "pydlms-client": "pydlms_client.py"}
_FOLDER = Path(__file__).with_name("clients")
# A meter takes no invocation counter twice, so every job of a run begins above the ones before.
_counters = itertools.count(1000, 1000)


class PeerFailed(AssertionError):
    """The peer tried and did not get through; in its own words."""


def do(peer: str, steps: list[dict[str, Any]], **job: Any) -> list[Any]:
    """What came of each step, `job` being the other fields of a job.

    Raises:
        PeerCannot: it cannot do what the job asks.
        PeerFailed: it could not get through with it.
    """
    if reason := peers.missing(peer):
        pytest.skip(reason)
    done = subprocess.run(
        [peers.python(peer), _FOLDER / SCRIPTS[peer]],
        input=json.dumps({"host": "127.0.0.1", "steps": steps, "invocation_counter": next(_counters), **job}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if why := answer.get("unsupported"):
        raise PeerCannot(why)
    if not answer["ok"]:
        raise PeerFailed(answer["error"])
    results: list[Any] = answer["results"]
    return results
