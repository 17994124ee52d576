"""Association and GET messages: known octets, round trips, and any octets at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import (
    AssociationSettings,
    AttributeDescriptor,
    ClientSession,
    Data,
    DataAccessResult,
    Failed,
    Obis,
    ServerSession,
    ServerSettings,
    Tag,
    acse,
    initiate,
    xdlms,
)
from agent.dlms.cosem.clock import decode_date_time, encode_date_time
from agent.dlms.cosem.units import scaler_and_unit, scaler_unit
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.client import LLC_COMMAND, LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, Kind, encode_frame
from agent.domain.errors import EplusError, InputError, MalformedData
from tests.dlms.conversation import TestDevice, register

WISH = initiate.Initiate(initiate.READING, 0xFFFF)


def test_known_aarq_without_authentication() -> None:
    expected = "601d a109060760857405080101 be10040e 01000000065f1f0400 001210 ffff".replace(" ", "")
    assert acse.encode_aarq("none", None, initiate.encode_request(WISH)).hex() == expected


def test_known_aare() -> None:
    apdu = bytes.fromhex("6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000101002000007")
    response = acse.decode_aare(apdu)
    assert (response.accepted, response.diagnostic) == (True, "null")
    granted = initiate.decode_response(response.user_information)
    assert granted == initiate.Initiate(initiate.Conformance.GET | initiate.Conformance.BLOCK_TRANSFER_WITH_GET, 0x0200)


@given(st.sampled_from(["none", "lls"]), st.binary(min_size=1, max_size=40), st.integers(0, 65535))
def test_association_request_round_trip(authentication: acse.Authentication, secret: bytes, max_pdu: int) -> None:
    wish = initiate.Initiate(initiate.READING, max_pdu)
    request = acse.decode_aarq(acse.encode_aarq(authentication, secret, initiate.encode_request(wish)))
    assert request.authentication == authentication
    assert request.secret == (secret if authentication == "lls" else None)
    assert initiate.decode_request(request.user_information) == wish


@given(st.sampled_from(acse.Diagnostic))
def test_association_response_round_trip(diagnostic: acse.Diagnostic) -> None:
    response = acse.decode_aare(acse.encode_aare(initiate.encode_response(WISH), diagnostic))
    assert response.accepted == (diagnostic is acse.Diagnostic.NULL)
    assert response.diagnostic == diagnostic.words


descriptors = st.builds(
    AttributeDescriptor,
    st.integers(0, 65535),
    st.builds(Obis, *(st.integers(0, 255) for _ in range(6))),
    st.integers(-128, 127),
)
results = st.one_of(st.integers(0, 255).map(lambda value: Data(Tag.UNSIGNED, value)), st.sampled_from(DataAccessResult))


@given(st.integers(0, 15), st.lists(descriptors, min_size=1, max_size=5))
def test_get_request_round_trip(invoke_id: int, attributes: list[AttributeDescriptor]) -> None:
    request = xdlms.GetRequest(invoke_id, tuple(attributes), as_list=len(attributes) > 1)
    assert xdlms.decode_request(xdlms.encode_get(request)) == request


@given(st.integers(0, 15), st.lists(results, min_size=1, max_size=5), st.booleans())
def test_get_response_round_trip(invoke_id: int, values: list[xdlms.Result], as_list: bool) -> None:
    response = xdlms.GetResponse(invoke_id, tuple(values if as_list else values[:1]), as_list=as_list)
    assert xdlms.decode_response(xdlms.encode_response(response)) == response


@given(st.integers(0, 15), st.booleans(), st.integers(0, 2**32 - 1), st.binary(max_size=300))
def test_block_round_trip(invoke_id: int, last: bool, number: int, content: bytes) -> None:
    block = xdlms.GetBlock(invoke_id, last, number, content)
    assert xdlms.decode_response(xdlms.encode_block(block)) == block


DECODERS: list[Callable[[bytes], object]] = [
    acse.decode_aarq,
    acse.decode_aare,
    initiate.decode_request,
    initiate.decode_response,
    xdlms.decode_request,
    xdlms.decode_response,
    xdlms.decode_block_list,
    xdlms.decode_block_data,
    decode_date_time,
]


@pytest.mark.parametrize("decoder", DECODERS)
@given(octets=st.binary(max_size=60), first=st.sampled_from([0x01, 0x08, 0x0E, 0x60, 0x61, 0xC0, 0xC4, 0xD8, None]))
def test_any_octets_give_a_message_or_a_documented_error(
    decoder: Callable[[bytes], object], octets: bytes, first: int | None
) -> None:
    try:
        decoder(octets if first is None else bytes((first,)) + octets)
    except EplusError as error:
        assert error.code in ("malformed-data", "association-refused")


@given(st.binary(max_size=80), st.sampled_from([0x60, 0xC0, 0x62, 0x01, 0xC1, 0xC3, 0xC8]))
def test_a_server_answers_any_apdu_or_stays_silent(octets: bytes, first: int) -> None:
    server = ServerSession(ServerSettings(), TestDevice())
    associate = acse.encode_aarq("none", None, initiate.encode_request(WISH))
    for number, apdu in enumerate([None, associate, bytes((first,)) + octets]):
        kind = Kind.SNRM if apdu is None else Kind.I
        content = b"" if apdu is None else LLC_COMMAND + apdu
        frame = Frame(kind, Address(1), Address(16), ns=max(0, number - 1), nr=max(0, number - 1), information=content)
        server.receive(encode_frame(frame))
        assert server.data_to_send()


@given(st.binary(max_size=80), st.sampled_from([0xC4, 0xD8, 0x61, 0x0E]))
def test_a_client_takes_any_answer_or_fails_as_documented(octets: bytes, first: int) -> None:
    client = ClientSession(AssociationSettings())
    server = ServerSession(ServerSettings(), TestDevice())
    client.open(0, 60)
    for _ in range(2):
        server.receive(client.data_to_send())
        client.receive(server.data_to_send(), 0)
    client.get([register(1)], 0, 60)
    client.data_to_send()
    answer = Frame(Kind.I, Address(16), Address(1), ns=1, nr=2, information=LLC_RESPONSE + bytes((first,)) + octets)
    client.receive(encode_frame(answer), 0)
    while (event := client.next_event()) is not None:
        if isinstance(event, Failed):
            assert event.error.code in ("malformed-data", "protocol-remote", "refused")


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_sessions_take_any_octets(pieces: list[bytes]) -> None:
    client, server = ClientSession(AssociationSettings()), ServerSession(ServerSettings(), TestDevice())
    client.open(0, 60)
    for piece in pieces:
        client.receive(piece, 0)
        server.receive(piece)
        server.data_to_send()


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)), st.integers(-720, 840))
def test_clock_round_trip(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=moment.microsecond // 10_000 * 10_000)
    aware = aware.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    decoded = decode_date_time(encode_date_time(aware))
    assert decoded.to_datetime() == aware
    assert decoded.deviation == -minutes


def test_clock_of_the_standards_time_zones() -> None:
    """UTC+1 is a deviation of −60 minutes (0xFFC4)."""
    octets = bytes.fromhex("07e70b14010a0f000affc400")
    assert decode_date_time(octets).to_datetime() == datetime(2023, 11, 20, 9, 15, 0, 100_000, UTC)


def test_clock_with_unspecified_fields() -> None:
    naive = decode_date_time(bytes.fromhex("07e70b14ff0a0fffff8000ff"))
    assert naive.to_datetime() == datetime(2023, 11, 20, 10, 15)
    assert decode_date_time(b"\xff" * 8 + b"\xff\x80\x00\xff").to_datetime() is None
    with pytest.raises(MalformedData):
        decode_date_time(bytes.fromhex("07e70d14ff0a0fffff8000ff")).to_datetime()


def test_scaler_and_unit() -> None:
    assert scaler_and_unit(scaler_unit(-3, 30)) == (-3, "Wh")
    assert scaler_and_unit(scaler_unit(0, 200)) == (0, "unit 200")
    with pytest.raises(MalformedData):
        scaler_and_unit(Data(Tag.NULL, None))


@pytest.mark.parametrize("text", ["1.0.1.8", "1.0.1.8.0.0.0", "256.0.1.8.0", "a.b.c.d.e", "", "1.0.1.8.0.-1"])
def test_what_is_no_logical_name(text: str) -> None:
    with pytest.raises(InputError):
        Obis.parse(text)


def test_logical_name() -> None:
    assert str(Obis.parse("1.0.1.8.0")) == "1.0.1.8.0.255"
    assert Obis.from_octets(bytes(Obis.parse("0.0.96.1.0.255"))) == Obis(0, 0, 96, 1, 0)
