"""Plays one item from the other side, and says what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

from agent.domain.errors import EplusError
from tests.conformance import appl_at_client, appl_at_meter, hdlc_at_client, hdlc_at_meter
from tests.conformance.items import Item
from tests.conformance.ports import MeterUnderTest
from tests.conformance.tester import NotTried, Tester

_NO_ANSWER = (OSError, EplusError, ArithmeticError, LookupError, TypeError, ValueError)


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Result:
    """`why` is empty for what passed."""

    outcome: Outcome
    why: str = ""


def at_meter(item: Item) -> Callable[[Tester], None] | None:
    """What plays the item at a meter; None is a hole."""
    return _function(hdlc_at_meter if item.is_link else appl_at_meter, item)


def at_client(item: Item) -> Callable[[], None] | None:
    """What plays the item at our client; None is a hole."""
    return _function(hdlc_at_client if item.is_link else appl_at_client, item)


def play_at_meter(item: Item, meter: MeterUnderTest) -> Result:
    """The item, on a connection of its own."""
    function = at_meter(item)
    assert function is not None, f"{item.name} has no test at a meter"
    return _result(lambda: _with_tester(function, meter))


def play_at_client(item: Item) -> Result:
    """The item at our client, with a meter of its own."""
    function = at_client(item)
    assert function is not None, f"{item.name} has no test at a client"
    return _result(function)


def _with_tester(function: Callable[[Tester], None], meter: MeterUnderTest) -> None:
    tester = Tester(meter)
    try:
        function(tester)
    finally:
        tester.port.close()


def _function(module: ModuleType, item: Item) -> Callable[..., Any] | None:
    return getattr(module, item.function, None)


def _result(play: Callable[[], None]) -> Result:
    try:
        play()
    except NotTried as reason:
        return Result(Outcome.NOT_TRIED, str(reason))
    except AssertionError as error:
        return Result(Outcome.FAILED, str(error) or "another answer")
    except _NO_ANSWER as error:  # what a tester cannot even read
        return Result(Outcome.FAILED, f"what is no answer: {type(error).__name__}")
    return Result(Outcome.PASSED)
