"""GET, SET, ACTION and general blocks: each message encoded and decoded again."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import (
    ActionReply,
    ActionResult,
    AttributeDescriptor,
    Data,
    DataAccessResult,
    MethodDescriptor,
    Obis,
    SelectiveAccess,
    Tag,
)
from agent.dlms.xdlms import action, general_block_transfer, get, set
from agent.dlms.xdlms.common import Block

octets = st.binary(max_size=40)
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
