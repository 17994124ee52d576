"""Association messages: known octets and round trips."""

from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import Mechanism
from agent.dlms.acse import apdus as acse
from agent.dlms.acse.diagnostics import Diagnostic
from agent.dlms.xdlms import initiate
from agent.dlms.xdlms.initiate import SERVICES, Conformance
from tests.dlms.acse.requests import PROPOSED, aarq


def test_known_aarq_without_authentication() -> None:
    expected = "601d a109060760857405080101 be10040e 01000000065f1f0400 001210 ffff".replace(" ", "")
    assert aarq().hex() == expected


def test_known_aare() -> None:
    apdu = bytes.fromhex("6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000101002000007")
    response = acse.decode_aare(apdu)
    assert (response.accepted, response.diagnostic) == (True, "null")
    granted = initiate.decode_response(response.user_information)
    assert granted == initiate.Initiate(Conformance.GET | Conformance.BLOCK_TRANSFER_WITH_GET, 0x0200)


octets = st.binary(max_size=40)
keys = st.none() | st.binary(min_size=16, max_size=32)


@given(
    st.sampled_from(Mechanism),
    st.booleans(),
    st.binary(min_size=1, max_size=64),
    st.none() | st.binary(min_size=8, max_size=8),
    st.integers(0, 65535),
    keys,
)
def test_association_request_round_trip(
    mechanism: Mechanism, ciphered: bool, value: bytes, title: bytes | None, max_pdu: int, key: bytes | None
) -> None:
    proposed = initiate.Initiate(SERVICES, max_pdu, key)
    given_value = value if mechanism else None
    request = acse.AssociationRequest(mechanism, ciphered, given_value, title, initiate.encode_request(proposed))
    assert acse.decode_aarq(acse.encode_aarq(request)) == request
    assert initiate.decode_request(request.user_information) == proposed
    assert value.hex() not in repr(request) or len(value) < 3


@given(st.sampled_from(Diagnostic), st.none() | octets, st.none() | octets, st.booleans())
def test_association_response_round_trip(
    diagnostic: Diagnostic, challenge: bytes | None, title: bytes | None, ciphered: bool
) -> None:
    information = initiate.encode_response(PROPOSED)
    apdu = acse.encode_aare(
        information, diagnostic, ciphered=ciphered, mechanism=Mechanism.HLS_GMAC, challenge=challenge, title=title
    )
    accepted = diagnostic is Diagnostic.NULL or challenge is not None
    assert acse.decode_aare(apdu) == acse.AssociationResponse(
        accepted, diagnostic.words, ciphered, challenge, title, information
    )


def test_lowest_security_by_name_is_none() -> None:
    aarq = acse.encode_aarq(acse.AssociationRequest(Mechanism.NONE, False, None, None, b"\x01"))
    named = bytes.fromhex("8b0760857405080200")
    request = acse.decode_aarq(aarq[:1] + bytes((aarq[1] + len(named),)) + aarq[2:] + named)
    assert request.mechanism is Mechanism.NONE
