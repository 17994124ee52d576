"""Every target: what is kept breaks no promise, and new inputs don't either; the same ones in each run."""

import pytest

from tests.fuzz import corpus
from tests.fuzz.budget import wasteful
from tests.fuzz.fuzzer import Fuzzer
from tests.fuzz.targets import TARGETS

RUNS, RUNS_OF_A_SESSION = 4000, 150
FOUND = (
    ("server-general-blocks", bytes.fromhex("e0810002000100f5aaf5")),
    ("smm-session", b'{"server_time":"0001-01-01T00:00:00+14:00"}'),
    ("smm-receipts", b'{"receipts":[],"server_time":"9999-12-31T23:59:59-14:00"}'),
)
"""What once broke a promise."""


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_kept(name: str) -> None:
    assert Fuzzer(TARGETS[name], corpus.read(name)).findings == {}


@pytest.mark.parametrize(("name", "octets"), FOUND)
def test_what_was_found(name: str, octets: bytes) -> None:
    assert Fuzzer(TARGETS[name], [octets]).findings == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_new_inputs(name: str) -> None:
    fuzzer = Fuzzer(TARGETS[name], corpus.read(name))
    for _ in range(RUNS_OF_A_SESSION if fuzzer.target.is_session else RUNS):
        fuzzer.step()
    assert [*fuzzer.findings.values(), *wasteful(fuzzer.target, fuzzer.entries)] == []
