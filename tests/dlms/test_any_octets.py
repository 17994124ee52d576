"""Any octets at all: decoders and both sessions take them, or fail as documented."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import Failed
from agent.dlms.acse import apdus as acse
from agent.dlms.axdr.coding import Reader
from agent.dlms.cosem.clock import decode_date_time
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.events import LLC_COMMAND, LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.security import protected_apdus
from agent.dlms.xdlms import action, exception, general_block_transfer, get, initiate, set
from agent.domain.errors import EplusError
from tests.dlms.acse.requests import aarq
from tests.dlms.conversation import new_client, new_server, register


def _inside(read: Callable[[Reader], object]) -> Callable[[bytes], object]:
    return lambda octets: read(Reader(octets))


DECODERS: list[Callable[[bytes], object]] = [
    acse.decode_aarq,
    acse.decode_aare,
    initiate.decode_request,
    initiate.decode_response,
    get.decode_request,
    get.decode_response,
    set.decode_request,
    set.decode_response,
    action.decode_request,
    action.decode_response,
    general_block_transfer.decode_general_block,
    exception.refusal,
    protected_apdus.read_sealed,
    _inside(protected_apdus.read_general_ciphering),
    _inside(protected_apdus.read_general_signing),
    decode_date_time,
]
FIRST = [0x01, 0x08, 0x0E, 0x60, 0x61, 0xC0, 0xC1, 0xC3, 0xC4, 0xC5, 0xC7, 0xD8, 0xE0, None]


@pytest.mark.parametrize("decoder", DECODERS)
@given(octets=st.binary(max_size=60), first=st.sampled_from(FIRST))
def test_any_octets_give_a_message_or_a_documented_error(
    decoder: Callable[[bytes], object], octets: bytes, first: int | None
) -> None:
    try:
        decoder(octets if first is None else bytes((first,)) + octets)
    except EplusError as error:
        assert error.code in ("malformed-data", "association-refused")


@given(
    st.binary(max_size=80), st.sampled_from([0x60, 0xC0, 0x62, 0x01, 0xC1, 0xC3, 0xC8, 0xD0, 0xDB, 0xDD, 0xDF, 0xE0])
)
def test_a_server_answers_any_apdu_or_stays_silent(octets: bytes, first: int) -> None:
    server = new_server()
    for number, apdu in enumerate([None, aarq(), bytes((first,)) + octets]):
        kind = FrameKind.SNRM if apdu is None else FrameKind.I
        content = b"" if apdu is None else LLC_COMMAND + apdu
        frame = Frame(kind, Address(1), Address(16), ns=max(0, number - 1), nr=max(0, number - 1), information=content)
        server.receive(encode_frame(frame), 0)
        assert server.data_to_send()


@given(st.binary(max_size=80), st.sampled_from([0xC4, 0xD8, 0x61, 0x0E, 0xE0, 0xCC]))
def test_a_client_takes_any_answer_or_fails_as_documented(octets: bytes, first: int) -> None:
    client, server = new_client(), new_server()
    client.open(0, 60)
    for _ in range(2):
        server.receive(client.data_to_send(), 0)
        client.receive(server.data_to_send(), 0)
    client.get([register(1)], 0, 60)
    client.data_to_send()
    answer = Frame(
        FrameKind.I, Address(16), Address(1), ns=1, nr=2, information=LLC_RESPONSE + bytes((first,)) + octets
    )
    client.receive(encode_frame(answer), 0)
    while (event := client.next_event()) is not None:
        if isinstance(event, Failed):
            assert event.error.code in ("malformed-data", "protocol-remote", "refused", "text-answer")


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_sessions_take_any_octets(pieces: list[bytes]) -> None:
    client, server = new_client(), new_server()
    client.open(0, 60)
    for piece in pieces:
        client.receive(piece, 0)
        server.receive(piece, 0)
        server.data_to_send()
