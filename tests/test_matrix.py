"""Which Pythons the matrix finds, and what it makes of how their tests went."""

import sys

import pytest

from tests import matrix

HERE = "{}.{}".format(*sys.version_info[:2])


def test_this_python_is_found_and_an_unheard_of_one_is_not() -> None:
    assert HERE in matrix.supported()
    python = matrix.find(HERE)
    assert python is not None and python.exists()
    assert matrix.find("3.99") is None


@pytest.mark.parametrize(
    ("outcomes", "is_ci", "code"),
    [
        (["passed", "passed"], True, 0),
        (["passed", matrix.ABSENT], False, 0),
        (["passed", matrix.ABSENT], True, 1),
        (["passed", "FAILED: pytest ended with 1"], False, 1),
        ([matrix.ABSENT, matrix.ABSENT], False, 1),
    ],
)
def test_the_exit_code_tells_how_it_went(outcomes: list[str], is_ci: bool, code: int) -> None:
    assert matrix.exit_code(outcomes, is_ci=is_ci) == code
