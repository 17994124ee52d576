"""Protection of APDUs: the standard's examples, every refusal, and any octets at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms.security import curve
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.settings import PartyKeys, SecuritySettings
from agent.dlms.security.suite import SUITES, Protection
from agent.dlms.security.wrapping import ApduWrapping, WrappingKind
from agent.domain.errors import EplusError, InputError, MalformedData, SecurityBroken
from tests.dlms.conversation import Counting
from tests.dlms.security.contexts import AK, BOTH, CLIENT_TITLE, EK, TITLE, context, opener

GET_CLOCK = bytes.fromhex("C0010000080000010000FF0200")


@pytest.mark.parametrize(
    ("protection", "expected"),
    [
        (Protection.AUTHENTICATED, "C81E1001234567C0010000080000010000FF020006725D910F9221D263877516"),
        (Protection.ENCRYPTED, "C8122001234567411312FF935A47566827C467BC"),
        (BOTH, "C81E3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B"),
    ],
)
def test_known_get(protection: Protection, expected: str) -> None:
    sealed = context(protection).protect(GET_CLOCK, ApduWrapping())
    assert sealed.hex().upper() == expected
    assert opener(protection).unprotect(sealed) == (GET_CLOCK, ApduWrapping())


def test_known_initiate() -> None:
    initiate = bytes.fromhex("01011000112233445566778899AABBCCDDEEFF0000065F1F0400007E1F04B0")
    expected = "21303001234567801302FF8A7874133D414CED25B42534D28DB0047720606B175BD52211BE6841DB204D39EE6FDB8E356855"
    assert context().protect_initiate(initiate).hex().upper() == expected
    assert opener().unprotect_initiate(bytes.fromhex(expected)) == initiate


def code_of(sealed: bytes, by: SecurityContext | None = None) -> str:
    with pytest.raises(EplusError) as caught:
        (by or opener()).unprotect(sealed)
    return caught.value.code


@given(st.integers(0, 8 * 30 - 1))
def test_any_wrong_bit_is_noticed(bit: int) -> None:
    sealed = bytearray(context().protect(GET_CLOCK, ApduWrapping()))
    sealed[2 + bit // 8] ^= 1 << bit % 8
    assert code_of(bytes(sealed)) in ("security-tag", "security-weaker", "security-compressed")


def test_an_old_counter_is_refused_and_a_wrong_tag_does_not_count() -> None:
    sender, receiver = context(), opener()
    first, second = (sender.protect(GET_CLOCK, ApduWrapping()) for _ in range(2))
    forged = second[:-1] + bytes((second[-1] ^ 1,))
    assert code_of(forged, receiver) == "security-tag"
    receiver.unprotect(first)
    receiver.unprotect(second)
    assert code_of(first, receiver) == "security-counter"
    assert code_of(second, receiver) == "security-counter"


@pytest.mark.parametrize("protection", [Protection.AUTHENTICATED, Protection.ENCRYPTED])
def test_weaker_protection_is_refused(protection: Protection) -> None:
    assert code_of(context(protection).protect(GET_CLOCK, ApduWrapping())) == "security-weaker"
    assert code_of(GET_CLOCK) == "security-weaker", "plain"
    both = context().protect(GET_CLOCK, ApduWrapping())
    assert opener(protection).unprotect(both)[0] == GET_CLOCK, "stronger is taken"


def test_compression_has_its_own_error() -> None:
    sealed = bytearray(context().protect(GET_CLOCK, ApduWrapping()))
    sealed[2] |= Protection.COMPRESSED
    assert code_of(bytes(sealed)) == "security-compressed"


def test_another_suite_and_a_broadcast_key_are_refused() -> None:
    sealed = bytearray(context().protect(GET_CLOCK, ApduWrapping()))
    for change in (1, Protection.BROADCAST):
        assert code_of(bytes((*sealed[:2], sealed[2] | change, *sealed[3:]))) == "security-weaker"


def test_the_title_of_another_is_refused() -> None:
    wrapping = ApduWrapping(WrappingKind.GENERAL)
    assert code_of(context(title=b"OTHERONE").protect(GET_CLOCK, wrapping)) == "security-tag"


def test_unsigned_is_weaker_than_signed() -> None:
    private = b"\1" * 32
    keys = PartyKeys(private, curve.public_octets(SUITES[1], private))
    settings = SecuritySettings(CLIENT_TITLE, EK, AK, 1, wrapping=ApduWrapping(signed=True), signing=keys)
    receiver = SecurityContext(settings, Counting(), bytes, TITLE)
    sender = SecurityContext(replace(settings, system_title=TITLE), Counting(5), bytes, CLIENT_TITLE)
    signed = sender.protect(GET_CLOCK, ApduWrapping(signed=True))
    assert receiver.unprotect(signed) == (GET_CLOCK, ApduWrapping(signed=True))
    assert code_of(sender.protect(GET_CLOCK, ApduWrapping()), receiver) == "security-weaker"
    forged = bytes((*signed[:-1], signed[-1] ^ 1))
    assert code_of(forged, receiver) == "security-tag"


@given(st.binary(max_size=100), st.sampled_from([0xC8, 0xD0, 0xDB, 0xDC, 0xDD, 0xDF, 0x21, 0xC0]))
def test_any_octets_are_refused_as_documented(octets: bytes, tag: int) -> None:
    with pytest.raises((SecurityBroken, MalformedData, InputError)):
        opener().unprotect(bytes((tag,)) + octets)
