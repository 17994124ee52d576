"""Refusals of whole requests."""

import pytest

from agent.dlms.xdlms.exception import refusal
from agent.domain.errors import MalformedData


@pytest.mark.parametrize(
    ("apdu", "words"),
    [
        ("d80101", "exception service-not-allowed operation-not-possible"),
        ("d8010600000005", "exception service-not-allowed invocation-counter-error"),
        ("0e010203", "confirmed-service-error 010203"),
    ],
)
def test_refusals_in_words(apdu: str, words: str) -> None:
    assert refusal(bytes.fromhex(apdu)) == words


@pytest.mark.parametrize("apdu", ["", "d8", "d801", "0e01"])
def test_a_refusal_cut_short_is_malformed(apdu: str) -> None:
    with pytest.raises(MalformedData):
        refusal(bytes.fromhex(apdu))
