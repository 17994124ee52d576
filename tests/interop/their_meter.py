"""A meter simulated by pydlms, in its own environment, with suites, block transfer and keys of our choosing."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop import peers
from tests.interop.processes import free_port, serving

_PROGRAM = Path(__file__).with_name("meters") / "pydlms_meter.py"


@contextlib.contextmanager
def pydlms_meter(**settings: Any) -> Iterator[int]:
    """Gives its port; the settings are those of `meters/pydlms_meter.py`."""
    if reason := peers.missing("pydlms-client"):
        pytest.skip(reason)
    port = free_port()
    command: list[str | Path] = [peers.python("pydlms-client"), _PROGRAM, json.dumps({"port": port, **settings})]
    with serving(command, port):
        yield port
