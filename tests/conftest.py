"""What all tests share: a folder for what they leave to be looked at, and no skipping where it counts."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")  # a busy machine is no fault of an example
OUTPUT = Path(__file__).with_name("output")
MUST_RUN = ("browser", "interop")


@pytest.fixture(scope="session")
def output() -> Path:
    """Screenshots and the like; kept after the run."""
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT


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
