"""An association with a meter that answers anything at all: it is made, or fails with an error of our own."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AssociationSettings, ClientSession, Event, Failed, Mechanism, Opened
from agent.dlms.acse import apdus as acse
from agent.dlms.acse.ber import OCTET_STRING, tagged
from agent.dlms.acse.diagnostics import Diagnostic
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.events import LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.security.suite import Protection
from agent.dlms.xdlms import initiate
from agent.domain.errors import AssociationRefused, RemoteProtocolError, RemoteRefusal
from tests.dlms.acse.requests import PROPOSED
from tests.dlms.conversation import new_client
from tests.dlms.secured import BOTH, secured

CLIENT, METER = Address(1), Address(1)
GRANTED = initiate.encode_response(PROPOSED)
SETTINGS = {
    f"{mechanism.words} {protection.value}": AssociationSettings(
        client_sap=1,
        mechanism=mechanism,
        secret=b"secret",
        security=secured(1, protection)[0],
    )
    for mechanism in Mechanism
    for protection in (Protection.NONE, BOTH)
}
SHORT = st.binary(max_size=40)
INFORMATION = st.sampled_from([GRANTED, b"", b"\x0e\x01\x06\x02", b"\x28\x03\x30\x00\x00"]) | SHORT
HANDSHAKES = [b"\xc7\x01\xc1\x00\x01\x00\x09", b"\xc7\x01\xc1", b"\xcf", b"\xdb", b"\xd8\x01", b"NEX", b""]


def answered(client: ClientSession, apdus: list[bytes]) -> list[Event]:
    """Events of a client that gets UA, and then these answers, one for each request."""
    client.open(0.0, 60.0)
    events: list[Event] = []
    for number in count():
        if not list(Deframer().feed(client.data_to_send())) or number > len(apdus):
            return events
        information = LLC_RESPONSE + apdus[number - 1] if number else b""
        kind = FrameKind.I if number else FrameKind.UA
        client.receive(
            encode_frame(Frame(kind, CLIENT, METER, max(0, number - 1), number, information=information)), 0.1
        )
        events += iter(client.next_event, None)
    return events


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@given(
    title=st.none() | st.binary(min_size=8, max_size=8) | SHORT,
    challenge=st.none() | st.binary(max_size=70),
    information=INFORMATION,
    ciphered=st.booleans(),
    more=SHORT,
    start=st.sampled_from(HANDSHAKES),
)
def test_whatever_the_meter_answers(
    settings: AssociationSettings,
    title: bytes | None,
    challenge: bytes | None,
    information: bytes,
    ciphered: bool,
    more: bytes,
    start: bytes,
) -> None:
    aare = acse.encode_aare(
        information,
        Diagnostic.NULL,
        ciphered=ciphered,
        mechanism=settings.mechanism,
        challenge=challenge,
        title=title,
    )
    for event in answered(new_client(settings), [aare, start + more]):
        if isinstance(event, Failed):
            assert isinstance(event.error, RemoteProtocolError | RemoteRefusal)


@given(st.binary(max_size=60))
def test_whatever_the_fields_of_an_aare_hold(octets: bytes) -> None:
    for tag in (0xA1, 0xA2, 0xA3, 0xA4, 0x88, 0x89, 0xAA, 0xBE):
        apdu = tagged(acse.AARE, tagged(tag, tagged(OCTET_STRING, octets)) + tagged(tag, octets))
        for event in answered(new_client(AssociationSettings(client_sap=1)), [apdu]):
            assert not isinstance(event, Opened)
            assert not isinstance(event, Failed) or isinstance(event.error, RemoteProtocolError | AssociationRefused)
