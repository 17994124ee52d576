"""The matrix of peers and features: a fixture while tests run, a table when they are over."""

import pytest

from tests.interop.matrix import Matrix

_MATRIX = pytest.StashKey[Matrix]()


@pytest.fixture
def matrix(pytestconfig: pytest.Config) -> Matrix:
    return pytestconfig.stash.setdefault(_MATRIX, Matrix())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_MATRIX, Matrix()).lines()
    if lines:
        terminalreporter.section("interop matrix")
        for line in lines:
            terminalreporter.line(line)
