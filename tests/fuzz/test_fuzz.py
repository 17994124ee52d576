"""Every target: what is kept breaks no promise; and some seconds of new inputs don't either."""

from time import monotonic

import pytest

from tests.fuzz import corpus
from tests.fuzz.budget import wasteful
from tests.fuzz.fuzzer import Fuzzer
from tests.fuzz.targets import TARGETS

SECONDS = 2.0
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
    began = monotonic()
    while monotonic() < began + SECONDS:
        fuzzer.step()
    assert [*fuzzer.findings.values(), *wasteful(fuzzer.target, fuzzer.entries)] == []
