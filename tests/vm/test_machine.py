"""What is read from the console: a run without a clear result has failed."""

import pytest

from tests.vm.machine import Outcome, counts_of

GOOD = "boot\r\n....\r\n\r\nVM-TESTS passed=60 failed=0 skipped=6\r\npower down\r\n"


def outcome(console: str) -> Outcome:
    return Outcome(console, 80.0, counts_of(console))


def test_a_good_run_says_how_many() -> None:
    assert outcome(GOOD).is_good
    assert outcome(GOOD).words() == "radio tests in the virtual machine: 60 passed, 0 failed, 6 skipped, in 80 s"


@pytest.mark.parametrize(
    "console",
    [
        "",
        "kernel panic",
        GOOD.replace("failed=0", "failed=1"),
        GOOD.replace("passed=60", "passed=0"),
        GOOD + GOOD,
        GOOD.replace("VM-TESTS", "xVM-TESTS"),
        GOOD[:30],
    ],
)
def test_anything_else_is_none(console: str) -> None:
    assert not outcome(console).is_good
