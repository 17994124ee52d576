"""What all tests share: a folder for what they leave to be looked at, and no skipping where it counts."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from agent.smm.people import passwords
from agent.smm.sample import init

settings.register_profile("house", deadline=None)
settings.load_profile("house")  # a busy machine is no fault of an example
SMM_FILE = "smm.sqlite"
OUTPUT = Path(__file__).with_name("output")
MUST_RUN = ("browser", "interop")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A run in the background: still ignored here, but children start with the default, so that Ctrl-C can be tested.
    signal.signal(signal.SIGINT, lambda *_: None)


@pytest.fixture(scope="session")
def output() -> Path:
    """Screenshots and the like; kept after the run."""
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """SMM's passwords cost next to nothing here, or a third of all the time would go into them."""
    real = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    passwords._hasher = real


@pytest.fixture(scope="session")
def smm_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SMM's database with the sample, to be `copied`."""
    file = tmp_path_factory.mktemp("sample") / SMM_FILE
    init(f"sqlite:///{file}", sample=True)
    return file


def copied(sample: Path, folder: Path) -> str:
    """The address of a copy in this folder."""
    for suffix in ("", ".key"):
        folder.joinpath(SMM_FILE + suffix).write_bytes(Path(f"{sample}{suffix}").read_bytes())
    return f"sqlite:///{folder / SMM_FILE}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a browser or interop test that is skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") and any(item.get_closest_marker(name) for name in MUST_RUN):
        report.outcome = "failed"
        report.longrepr = f"must not be skipped in CI: {call.excinfo.value if call.excinfo else ''}"
    return report
