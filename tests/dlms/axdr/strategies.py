"""Any value of any type, drawn by hypothesis."""

from hypothesis import assume
from hypothesis import strategies as st

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.axdr.compact_array import CompactArray, TypeDescription, is_believable

RANGES = {
    Tag.DOUBLE_LONG: (-(2**31), 2**31 - 1),
    Tag.DOUBLE_LONG_UNSIGNED: (0, 2**32 - 1),
    Tag.BCD: (0, 255),
    Tag.INTEGER: (-128, 127),
    Tag.LONG: (-(2**15), 2**15 - 1),
    Tag.UNSIGNED: (0, 255),
    Tag.LONG_UNSIGNED: (0, 65535),
    Tag.LONG64: (-(2**63), 2**63 - 1),
    Tag.LONG64_UNSIGNED: (0, 2**64 - 1),
    Tag.ENUM: (0, 255),
    Tag.DELTA_INTEGER: (-128, 127),
    Tag.DELTA_LONG: (-(2**15), 2**15 - 1),
    Tag.DELTA_DOUBLE_LONG: (-(2**31), 2**31 - 1),
    Tag.DELTA_UNSIGNED: (0, 255),
    Tag.DELTA_LONG_UNSIGNED: (0, 65535),
    Tag.DELTA_DOUBLE_LONG_UNSIGNED: (0, 2**32 - 1),
}


def of(tag: Tag, values: st.SearchStrategy[object]) -> st.SearchStrategy[Data]:
    return values.map(lambda value: Data(tag, value))


SIMPLE_VALUES: dict[Tag, st.SearchStrategy[object]] = {
    **{tag: st.integers(low, high) for tag, (low, high) in RANGES.items()},
    Tag.NULL: st.none(),
    Tag.DONT_CARE: st.none(),
    Tag.BOOLEAN: st.booleans(),
    Tag.BIT_STRING: st.text("01", max_size=300),
    Tag.OCTET_STRING: st.binary(max_size=300),
    Tag.VISIBLE_STRING: st.text(st.characters(max_codepoint=255), max_size=200),
    Tag.UTF8_STRING: st.text(max_size=100),
    Tag.FLOAT32: st.floats(width=32, allow_nan=False),
    Tag.FLOAT64: st.floats(allow_nan=False),
    Tag.DATE_TIME: st.binary(min_size=12, max_size=12),
    Tag.DATE: st.binary(min_size=5, max_size=5),
    Tag.TIME: st.binary(min_size=4, max_size=4),
}


def simple_data() -> st.SearchStrategy[Data]:
    return st.one_of(*(of(tag, values) for tag, values in SIMPLE_VALUES.items()))


def nested(inner: st.SearchStrategy[Data]) -> st.SearchStrategy[Data]:
    lists = st.lists(inner, max_size=8).map(tuple)
    return of(Tag.STRUCTURE, lists) | of(Tag.ARRAY, lists)


any_data = st.recursive(simple_data(), nested, max_leaves=20)


def descriptions() -> st.SearchStrategy[TypeDescription]:
    def nested(inner: st.SearchStrategy[TypeDescription]) -> st.SearchStrategy[TypeDescription]:
        structures = st.lists(inner, max_size=5).map(lambda types: TypeDescription(Tag.STRUCTURE, tuple(types)))
        arrays = st.builds(lambda inner, count: TypeDescription(Tag.ARRAY, (inner,), count), inner, st.integers(0, 4))
        return structures | arrays

    return st.recursive(st.sampled_from(list(SIMPLE_VALUES)).map(TypeDescription), nested, max_leaves=8)


def values(description: TypeDescription) -> st.SearchStrategy[Data]:
    tag, elements = description.tag, description.elements
    if tag is Tag.STRUCTURE:
        return st.tuples(*map(values, elements)).map(lambda inner: Data(tag, inner))
    if tag is Tag.ARRAY:
        return st.tuples(*[values(elements[0])] * description.count).map(lambda inner: Data(tag, inner))
    return of(tag, SIMPLE_VALUES[tag])


@st.composite
def compact_arrays(draw: st.DrawFn) -> Data:
    description = draw(descriptions())
    elements = draw(st.lists(values(description), max_size=5))
    assume(not elements or is_believable(description, 10_000))
    return Data(Tag.COMPACT_ARRAY, CompactArray(description, tuple(elements)))
