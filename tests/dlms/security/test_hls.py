"""HLS: the standard's example."""

import pytest

from agent.dlms import Mechanism
from agent.dlms.security.hls import Handshake
from agent.domain.errors import SecurityBroken
from tests.dlms.security.contexts import BOTH, CLIENT_TITLE, TITLE, context


def test_known_passes_of_gmac() -> None:
    client = Handshake(Mechanism.HLS_GMAC, b"K56iVagY", b"P6wRJ21F", None, context(BOTH, CLIENT_TITLE, TITLE, 1))
    server = Handshake(Mechanism.HLS_GMAC, b"P6wRJ21F", b"K56iVagY", None, context(BOTH, TITLE, CLIENT_TITLE))
    third, fourth = client.answer(), server.answer()
    assert third.hex().upper() == "10000000011A52FE7DD3E72748973C1E28"
    assert fourth.hex().upper() == "1001234567FE1466AFB3DBCD4F9389E2B7"
    server.verify(third)
    client.verify(fourth)
    with pytest.raises(SecurityBroken):
        client.verify(third)
