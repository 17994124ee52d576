"""A pytest plugin for the guest: one line on the console with the result, for the host to read."""

from collections import Counter

import pytest

MARK = "VM-TESTS"
_counts: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or not report.passed:
        _counts[report.outcome] += 1


def pytest_unconfigure() -> None:
    print(f"\n{MARK} passed={_counts['passed']} failed={_counts['failed']} skipped={_counts['skipped']}", flush=True)
