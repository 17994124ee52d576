"""Any quirks together: every value right or named as missing, or said in words; never wrong, and in time.

`python3 -m tests.quirks` draws thousands.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.errors import InputError
from agent.simulator.quirks import QUIRKS, Quirks
from tests.quirks.campaign import DLMS_NAMES, MODELS, MOST_QUIRKS, READOUT_NAMES, Case, end_of
from tests.quirks.expected import is_open
from tests.quirks.visit import READOUT, Errand, Way


def combinations(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    drawn = st.lists(st.sampled_from(names), min_size=1, max_size=MOST_QUIRKS, unique=True).map(tuple)
    return drawn.filter(lambda chosen: not is_open(chosen))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(combinations(DLMS_NAMES), st.sampled_from(Errand), st.sampled_from(MODELS), st.sampled_from(Way))
def test_any_quirks_of_a_meter(names: tuple[str, ...], errand: Errand, model: str, way: Way) -> None:
    assert not end_of(Case(names, errand, model, way)).wrong


@settings(max_examples=100)
@given(combinations(READOUT_NAMES))
def test_any_quirks_of_a_readout(names: tuple[str, ...]) -> None:
    assert not end_of(Case(names, Errand.READING, READOUT)).wrong


def test_quirks_stand_in_their_own_order() -> None:
    names = list(QUIRKS)
    assert Quirks.named(reversed(names)) == Quirks.named(names)


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(InputError):
        Quirks.named(["no-such-quirk"])
