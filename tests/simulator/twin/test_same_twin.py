"""A twin that is simulated and recorded again is the same twin."""

import asyncio
from dataclasses import replace

from hypothesis import given, settings

from agent.dlms import AssociationSettings, Mechanism
from agent.meters.twin.model import Twin
from agent.meters.twin.text import parse_twin, twin_text
from tests.simulator.twin.drawn import drawn_meters
from tests.simulator.twin.visiting import at_twin

CLIENT = AssociationSettings(client_sap=1, mechanism=Mechanism.LLS, max_info=400, window=7)


@settings(deadline=None, max_examples=40)
@given(drawn_meters())
def test_recorded_simulated_and_recorded_again(meter: Twin) -> None:
    twin, text = asyncio.run(at_twin(meter, CLIENT).record())
    assert parse_twin(text) == twin
    again, _ = asyncio.run(at_twin(twin, CLIENT).record())
    assert twin_text(without_counts(again, twin)) == twin_text(without_counts(twin, again))


def without_counts(twin: Twin, other: Twin) -> Twin:
    """Which requests it took, and how many, depends on the visit: a profile that is short now needs fewer."""
    times = {kind: replace(time, count=1) for kind, time in twin.times.items() if kind in other.times}
    return replace(twin, times=times)
