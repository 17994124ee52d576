"""Others' meters, item by item: what the table says of them is what comes of it. What fails is no error of ours."""

from collections.abc import Iterator

import pytest

from tests.conformance.items import ITEMS, Item
from tests.conformance.plays import play_at_meter
from tests.conformance.ports import MeterUnderTest
from tests.conformance.table import known_of_peers
from tests.conformance.their_meters import PEERS, their_meter
from tests.interop.peers import missing

pytestmark = [pytest.mark.interop, pytest.mark.slow]


@pytest.fixture(scope="module", params=PEERS)
def peer(request: pytest.FixtureRequest) -> Iterator[tuple[str, MeterUnderTest]]:
    if reason := missing(PEERS[request.param].package):
        pytest.skip(reason)
    with their_meter(PEERS[request.param]) as meter:
        yield request.param, meter


def test_what_the_table_says_of_a_peer_is_so(peer: tuple[str, MeterUnderTest]) -> None:
    """In real time: what is not so is tried once more, as a busy machine makes a meter silent."""
    name, meter = peer
    known = known_of_peers()[name]

    def differs(item: Item) -> bool:
        return play_at_meter(item, meter) != known[item.name]

    changed = [item.name for item in ITEMS if differs(item) and differs(item)]
    assert changed == [], "run python3 -m tests.conformance"
