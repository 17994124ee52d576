"""COSEM data as JSON that a person can read."""

import json
from typing import Any

import pytest
from hypothesis import given

from agent.dlms import Data, Tag
from agent.dlms.axdr.coding import encode
from agent.meters.twin.values import value_from_json, value_to_json
from tests.dlms.axdr.strategies import any_data, compact_arrays


@given(any_data | compact_arrays())
def test_round_trip(data: Data) -> None:
    again = value_from_json(json.loads(json.dumps(value_to_json(data))))
    assert encode(again) == encode(data)


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (Data(Tag.NULL, None), ["null"]),
        (Data(Tag.LONG_UNSIGNED, 7), ["long-unsigned", 7]),
        (Data(Tag.OCTET_STRING, b"ISK1"), ["octet-string", {"text": "ISK1"}]),
        (Data(Tag.OCTET_STRING, bytes((1, 0, 1, 8, 0, 255))), ["octet-string", {"name": "1.0.1.8.0.255"}]),
        (Data(Tag.OCTET_STRING, b"\x07\xea"), ["octet-string", "07ea"]),
        (Data(Tag.STRUCTURE, (Data(Tag.ENUM, 30),)), ["structure", [["enum", 30]]]),
        (Data(Tag.FLOAT32, 1.5), ["float32", "3fc00000"]),
    ],
)
def test_how_it_looks(data: Data, content: Any) -> None:
    assert value_to_json(data) == content


@pytest.mark.parametrize(
    "content",
    [
        None, [], ["nul"], ["null", 1], ["long-unsigned"], ["long-unsigned", 65536], ["long-unsigned", True],
        ["long-unsigned", "1"], ["boolean", 1], ["octet-string", "0"], ["octet-string", {"text": "é"}],
        ["octet-string", {"name": "1.0.256"}], ["octet-string", {"word": "a"}], ["float32", "00"], ["time", "00"],
        ["structure", {}], ["structure", [7]], ["compact-array", "ff"], ["visible-string", "€"], ["enum", 1, 2],
    ],
)  # fmt: skip
def test_what_is_no_value(content: Any) -> None:
    with pytest.raises(ValueError):
        value_from_json(content)


def test_what_is_too_deep() -> None:
    content: Any = ["null"]
    for _ in range(20):
        content = ["array", [content]]
    with pytest.raises(ValueError):
        value_from_json(content)
