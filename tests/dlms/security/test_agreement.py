"""Key agreement between two sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.security import agreement, curve
from agent.dlms.security.suite import SUITES, Suite
from agent.domain.errors import SecurityBroken
from tests.dlms.security.contexts import CLIENT_TITLE, TITLE


@pytest.mark.parametrize("suite", [SUITES[1], SUITES[2]], ids=["suite 1", "suite 2"])
def test_a_new_key_agreed_by_both_sides(suite: Suite) -> None:
    """Each sends its ephemeral key, signed together with the number of the key that is agreed."""
    number = b"\0"
    signing = {side: bytes((side,)) * 31 + b"\1" for side in (1, 2)}
    ephemeral = {side: bytes((side,)) * 31 + b"\7" for side in (1, 2)}
    sent = {side: agreement.signed_ephemeral(suite, ephemeral[side], signing[side], number) for side in (1, 2)}
    keys = []
    for own, other in ((1, 2), (2, 1)):
        public = curve.public_octets(suite, signing[other])
        received = agreement.verified_ephemeral(suite, sent[other], public, number)
        keys.append(agreement.ephemeral_key(suite, ephemeral[own], received, CLIENT_TITLE, TITLE))
    assert keys[0] == keys[1] and len(keys[0]) == suite.key_octets
    with pytest.raises(SecurityBroken):
        agreement.verified_ephemeral(suite, sent[1], curve.public_octets(suite, signing[1]), b"\1")


@given(st.binary(min_size=40, max_size=56))
def test_ephemeral_keys_are_on_the_curve(octets: bytes) -> None:
    for suite in (SUITES[1], SUITES[2]):
        private = agreement.ephemeral_private(suite, lambda count: octets.ljust(count, b"\7")[:count])
        assert len(curve.public_octets(suite, private)) == 2 * suite.coordinate_octets
