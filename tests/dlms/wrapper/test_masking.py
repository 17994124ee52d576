"""What a trace shows of the wrapper: headers and tags, and nothing of what is in an APDU."""

from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.hdlc.masking import HIDDEN
from agent.dlms.wrapper.masking import WrapperMasker
from tests.dlms.wrapper.test_header import cut, wrapped


def shown(text: str) -> str:
    return text.replace(HIDDEN, "..").replace(" ", "").lower()


def test_headers_and_tags_are_legible() -> None:
    masker = WrapperMasker()
    octets = wrapped(b"\x60secret") + wrapped(b"") + wrapped(b"\xe7\x01\x02\xab\xcd\xc4secret") + wrapped(b"\xc4")
    assert shown(masker.mask(octets)) == (
        "0001000100100007" + "60" + "......" * 2
        + "0001000100100000"
        + "000100010010000c" + "e70102abcdc4" + "......" * 2
        + "0001000100100001" + "c4"
    )  # fmt: skip


def test_what_is_in_no_wrapper_is_hidden() -> None:
    assert shown(WrapperMasker().mask(b"/EPL5\r\nsecret")) == "2f" + ".." * 12


@given(st.lists(st.binary(max_size=40), max_size=4), st.lists(st.integers(0, 200)))
def test_every_octet_is_accounted_for_and_none_of_an_apdu_shown(apdus: list[bytes], cuts: list[int]) -> None:
    contents = [b"\xc4" + apdu for apdu in apdus]
    stream = b"".join(map(wrapped, contents))
    masker = WrapperMasker()
    text = " ".join(masker.mask(octets) for octets in cut(stream, cuts))
    expected = "".join(wrapped(apdu)[:9].hex() + ".." * (len(apdu) - 1) for apdu in contents)
    assert shown(text) == expected
