"""Frame rejects of a meter, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.hdlc.rejection import REJECTIONS, Reason, rejection
from agent.domain.words import LANGUAGES, table


@pytest.mark.parametrize(
    ("information", "code", "detail"),
    [
        ("100001", "frame-kind-rejected", "control-invalid"),
        ("100003", "frame-content-rejected", "control-invalid, information-not-allowed"),
        ("100004", "frame-too-long", "too-long"),
        ("302008", "frame-number-rejected", "nr-invalid"),
        ("1000f4", "frame-too-long", "too-long"),
        ("100000", "frame-rejected", "no reason given"),
        ("1000", "frame-rejected", "no reason given"),
        ("", "frame-rejected", "no reason given"),
    ],
)
def test_each_reason(information: str, code: str, detail: str) -> None:
    error = rejection(bytes.fromhex(information))
    assert (error.code, error.detail) == (code, f"the meter answered FRMR: {detail}")
    assert error.retryable


@given(st.binary(max_size=10))
def test_whatever_it_holds(information: bytes) -> None:
    assert rejection(information).code in REJECTIONS


def test_words_for_each() -> None:
    assert len(REJECTIONS) == len(Reason) + 1
    for language in LANGUAGES:
        assert set(table(language)) >= REJECTIONS
