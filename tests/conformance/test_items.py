"""Every item at our meter and at our client. An item without a test is a hole, and fails."""

import pytest

from tests.conformance import appl_at_client, appl_at_meter, hdlc_at_client, hdlc_at_meter
from tests.conformance.items import ITEMS, Item
from tests.conformance.our_meter import OUR_METER
from tests.conformance.plays import Outcome, Result, at_client, at_meter, play_at_client, play_at_meter

PASSED = Result(Outcome.PASSED)
each_item = pytest.mark.parametrize("item", ITEMS, ids=[item.name for item in ITEMS])


@each_item
def test_item_at_our_meter(item: Item) -> None:
    assert play_at_meter(item, OUR_METER) == PASSED


@each_item
def test_item_at_our_client(item: Item) -> None:
    assert play_at_client(item) == PASSED


@each_item
def test_there_is_no_hole(item: Item) -> None:
    for function in (at_meter(item), at_client(item)):
        assert function is not None and function.__doc__, f"{item.name} has no test that says what is asked"


def test_no_test_is_left_out_of_the_items() -> None:
    for module in (hdlc_at_meter, hdlc_at_client, appl_at_meter, appl_at_client):
        played = {name for name in vars(module) if name.startswith(("hdlc_", "appl_", "more_"))}
        assert played == {item.function for item in ITEMS if item.is_link == ("hdlc" in module.__name__)}


def test_names_are_there_once() -> None:
    assert len({item.name for item in ITEMS}) == len(ITEMS) == 56
