"""Association and service messages: known octets, round trips, and any octets at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import (
    ActionReply,
    ActionResult,
    AttributeDescriptor,
    Data,
    DataAccessResult,
    Failed,
    Mechanism,
    MethodDescriptor,
    Obis,
    SelectiveAccess,
    Tag,
)
from agent.dlms.acse import apdus as acse
from agent.dlms.axdr.coding import Reader
from agent.dlms.cosem.clock import decode_date_time, encode_date_time
from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor, read_selection
from agent.dlms.cosem.units import scaler_and_unit, scaler_unit
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.events import LLC_COMMAND, LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.security import protected_apdus
from agent.dlms.xdlms import action, exception, general_block_transfer, get, initiate, set
from agent.dlms.xdlms.common import Block
from agent.dlms.xdlms.initiate import SERVICES, Conformance
from agent.domain.errors import EplusError, InputError, MalformedData
from tests.dlms.conversation import new_client, new_server, register

READING = Conformance.GET | Conformance.MULTIPLE_REFERENCES | Conformance.BLOCK_TRANSFER_WITH_GET
WISH = initiate.Initiate(READING, 0xFFFF)


def aarq(wish: initiate.Initiate = WISH, mechanism: Mechanism = Mechanism.NONE, value: bytes | None = None) -> bytes:
    return acse.encode_aarq(acse.AssociationRequest(mechanism, False, value, None, initiate.encode_request(wish)))


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
    wish = initiate.Initiate(SERVICES, max_pdu, key)
    given_value = value if mechanism else None
    request = acse.AssociationRequest(mechanism, ciphered, given_value, title, initiate.encode_request(wish))
    assert acse.decode_aarq(acse.encode_aarq(request)) == request
    assert initiate.decode_request(request.user_information) == wish
    assert value.hex() not in repr(request) or len(value) < 3


@given(st.sampled_from(acse.Diagnostic), st.none() | octets, st.none() | octets, st.booleans())
def test_association_response_round_trip(
    diagnostic: acse.Diagnostic, challenge: bytes | None, title: bytes | None, ciphered: bool
) -> None:
    information = initiate.encode_response(WISH)
    apdu = acse.encode_aare(
        information, diagnostic, ciphered=ciphered, mechanism=Mechanism.HLS_GMAC, challenge=challenge, title=title
    )
    accepted = diagnostic is acse.Diagnostic.NULL or challenge is not None
    assert acse.decode_aare(apdu) == acse.AssociationResponse(
        accepted, diagnostic.words, ciphered, challenge, title, information
    )


data = st.one_of(
    st.integers(0, 255).map(lambda value: Data(Tag.UNSIGNED, value)),
    octets.map(lambda value: Data(Tag.OCTET_STRING, value)),
)
obis = st.builds(Obis, *(st.integers(0, 255) for _ in range(6)))
accesses = st.none() | st.builds(SelectiveAccess, st.integers(0, 255), data)
attributes = st.builds(AttributeDescriptor, st.integers(0, 65535), obis, st.integers(-128, 127), accesses)
methods = st.builds(MethodDescriptor, st.integers(0, 65535), obis, st.integers(-128, 127))
results = data | st.sampled_from(DataAccessResult)
replies = st.builds(ActionReply, st.sampled_from(ActionResult), st.none() | results)
blocks = st.builds(Block, st.booleans(), st.integers(0, 2**32 - 1), st.binary(max_size=300))
ids = st.integers(0, 15)
numbers = st.integers(0, 2**32 - 1)


@st.composite
def pairs(draw: st.DrawFn, names: st.SearchStrategy[object], values: st.SearchStrategy[object]) -> tuple[object, ...]:
    """As many names as values, and whether they go as a list."""
    drawn = draw(st.lists(st.tuples(names, values), min_size=1, max_size=4))
    return tuple(name for name, _ in drawn), tuple(value for _, value in drawn), len(drawn) > 1


ROUND_TRIPS: list[tuple[object, object, st.SearchStrategy[object]]] = [
    (
        get.encode_request,
        get.decode_request,
        st.builds(lambda i, p: get.GetRequest(i, p[0], p[2]), ids, pairs(attributes, st.none()))
        | st.builds(get.GetNext, ids, numbers),
    ),
    (
        get.encode_response,
        get.decode_response,
        st.builds(lambda i, p: get.GetResponse(i, p[0], p[2]), ids, pairs(results, st.none()))
        | st.builds(get.GetBlock, ids, blocks)
        | st.builds(get.GetBlockRefused, ids, numbers, st.sampled_from(DataAccessResult)),
    ),
    (
        set.encode_request,
        set.decode_request,
        st.builds(lambda i, p: set.SetRequest(i, *p), ids, pairs(attributes, data))
        | st.builds(lambda i, p, b: set.SetFirstBlock(i, p[0], b, p[2]), ids, pairs(attributes, st.none()), blocks)
        | st.builds(set.SetBlock, ids, blocks),
    ),
    (
        set.encode_response,
        set.decode_response,
        st.builds(
            lambda i, p, b: set.SetResponse(i, p[0], p[2], b),
            ids,
            pairs(st.sampled_from(DataAccessResult), st.none()),
            st.none() | numbers,
        )
        | st.builds(set.SetBlockTaken, ids, numbers),
    ),
    (
        action.encode_request,
        action.decode_request,
        st.builds(lambda i, p: action.ActionRequest(i, *p), ids, pairs(methods, data))
        | st.builds(lambda i, m: action.ActionRequest(i, (m,), (None,), False), ids, methods)
        | st.builds(lambda i, p, b: action.ActionFirstBlock(i, p[0], b, p[2]), ids, pairs(methods, st.none()), blocks)
        | st.builds(action.ActionNext, ids, numbers)
        | st.builds(action.ActionBlock, ids, blocks),
    ),
    (
        action.encode_response,
        action.decode_response,
        st.builds(lambda i, p: action.ActionResponse(i, p[0], p[2]), ids, pairs(replies, st.none()))
        | st.builds(action.ActionBlock, ids, blocks)
        | st.builds(action.ActionBlockTaken, ids, numbers),
    ),
    (
        general_block_transfer.encode_general_block,
        general_block_transfer.decode_general_block,
        st.builds(
            general_block_transfer.GeneralBlock,
            st.booleans(),
            st.booleans(),
            st.integers(0, 63),
            st.integers(0, 65535),
            st.integers(0, 65535),
            st.binary(max_size=300),
        ),
    ),
]


@pytest.mark.parametrize(
    ("encode", "decode", "messages"), ROUND_TRIPS, ids=lambda part: getattr(part, "__module__", "")
)
@given(given_=st.data())
def test_services_round_trip(
    encode: Callable[[object], bytes],
    decode: Callable[[bytes], object],
    messages: st.SearchStrategy[object],
    given_: st.DataObject,
) -> None:
    message = given_.draw(messages)
    assert decode(encode(message)) == message


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda m: m.replace(microsecond=0, tzinfo=UTC))


@given(MOMENTS, MOMENTS)
def test_selections_round_trip(first: datetime, last: datetime) -> None:
    by_range = RangeDescriptor(first, last, (RangeDescriptor(first, last).restricting,))
    assert read_selection(by_range.access()) == by_range
    by_entry = EntryDescriptor(3, 9, 1, 2)
    assert read_selection(by_entry.access()) == by_entry


@pytest.mark.parametrize(
    ("apdu", "words"),
    [
        ("d80101", "exception service-not-allowed operation-not-possible"),
        ("d8010600000005", "exception service-not-allowed invocation-counter-error"),
        ("0e010203", "confirmed-service-error 010203"),
    ],
)
def test_refusals_in_words(apdu: str, words: str) -> None:
    assert exception.refusal(bytes.fromhex(apdu)) == words


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
            assert event.error.code in ("malformed-data", "protocol-remote", "refused")


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_sessions_take_any_octets(pieces: list[bytes]) -> None:
    client, server = new_client(), new_server()
    client.open(0, 60)
    for piece in pieces:
        client.receive(piece, 0)
        server.receive(piece, 0)
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
