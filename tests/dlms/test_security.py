"""Protection of APDUs: the standard's examples, every refusal, and any octets at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import Mechanism
from agent.dlms.security import aead, agreement, curve
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.hls import Handshake
from agent.dlms.security.settings import PartyKeys, SecuritySettings
from agent.dlms.security.suite import SUITES, Protection, Suite
from agent.dlms.security.wrapping import ApduWrapping, WrappingKind
from agent.domain.errors import EplusError, InputError, MalformedData, SecurityBroken
from tests.dlms.conversation import Counting

EK = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
AK = bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
TITLE = bytes.fromhex("4D4D4D0000BC614E")
CLIENT_TITLE = bytes.fromhex("4D4D4D0000000001")
COUNTER = 0x01234567
GET_CLOCK = bytes.fromhex("C0010000080000010000FF0200")
BOTH = Protection.AUTHENTICATED | Protection.ENCRYPTED


def context(
    protection: Protection = BOTH, title: bytes = TITLE, peer: bytes | None = None, first: int = COUNTER
) -> SecurityContext:
    settings = SecuritySettings(title, EK, AK, protection=protection)
    return SecurityContext(settings, Counting(first), bytes, peer)


def opener(protection: Protection = BOTH) -> SecurityContext:
    """The other side of `context()`."""
    return context(protection, CLIENT_TITLE, TITLE, 0)


# Green Book, examples of ciphered APDUs: a GET of the clock, an InitiateRequest, and the passes of HLS with GMAC.


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


def test_known_passes_of_gmac() -> None:
    client = Handshake(Mechanism.HLS_GMAC, b"K56iVagY", b"P6wRJ21F", None, context(BOTH, CLIENT_TITLE, TITLE, 1))
    server = Handshake(Mechanism.HLS_GMAC, b"P6wRJ21F", b"K56iVagY", None, context(BOTH, TITLE, CLIENT_TITLE))
    third, fourth = client.answer(), server.answer()
    assert third.hex().upper() == "10000000011A52FE7DD3E72748973C1E28"
    assert fourth.hex().upper() == "1001234567FE1466AFB3DBCD4F9389E2B7"
    server.verify(third)
    client.verify(fourth)
    with pytest.raises(SecurityBroken):
        client.verify(third)


def test_known_key_wrap() -> None:
    """RFC 3394, 4.1 and 4.6."""
    for wrapping, key, wrapped in (
        (EK.hex(), "00112233445566778899AABBCCDDEEFF", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
        (
            bytes(range(32)).hex(),
            "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
            "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
        ),
    ):
        assert aead.wrap_key(bytes.fromhex(wrapping), bytes.fromhex(key)).hex().upper() == wrapped
        assert aead.unwrap_key(bytes.fromhex(wrapping), bytes.fromhex(wrapped)).hex().upper() == key


def test_known_shared_secret() -> None:
    """RFC 5903, 8.1 and 8.2: groups 19 (P-256) and 20 (P-384)."""
    private = bytes.fromhex("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433")
    public = bytes.fromhex(
        "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
        "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB"
    )
    secret = "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"
    assert curve.shared_secret(SUITES[1], private, public).hex().upper() == secret


# What must be refused.


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


@pytest.mark.parametrize(
    "wrong",
    [
        {"system_title": b"SHORT"},
        {"encryption_key": bytes(15)},
        {"authentication_key": bytes(32)},
        {"dedicated_key": b""},
        {"suite": 2},
        {"wrapping": ApduWrapping(signed=True), "signing": PartyKeys(b"\1", b"")},
    ],
)
def test_keys_that_do_not_serve_are_said_at_once(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"system_title": TITLE, "encryption_key": EK, "authentication_key": AK}
    with pytest.raises(InputError) as caught:
        SecuritySettings(**{**right, **wrong})  # type: ignore[arg-type]
    assert caught.value.code == "bad-keys"


def test_keys_are_never_shown() -> None:
    shown = repr(SecuritySettings(TITLE, EK, AK, dedicated_key=EK, signing=None)) + repr(PartyKeys(b"PRIVATE", b""))
    assert "PRIVATE" not in shown and repr(EK)[2:-1] not in shown and repr(AK)[2:-1] not in shown


@pytest.mark.parametrize("suite", [SUITES[1], SUITES[2]], ids=["suite 1", "suite 2"])
def test_a_new_key_agreed_by_both_sides(suite: Suite) -> None:
    """Each sends its ephemeral key, signed together with the number of the key that is agreed."""
    number = b"\0"
    signing = {side: bytes((side,)) * 31 + b"\1" for side in (1, 2)}
    ephemeral = {side: bytes((side,)) * 31 + b"\7" for side in (1, 2)}
    sent = {side: agreement.signed_ephemeral(suite, ephemeral[side], signing[side], number) for side in (1, 2)}
    keys = []
    for own, other in ((1, 2), (2, 1)):
        public = curve.public_octets(suite, signing[other])
        received = agreement.verified_ephemeral(suite, sent[other], public, number)
        keys.append(agreement.ephemeral_key(suite, ephemeral[own], received, CLIENT_TITLE, TITLE))
    assert keys[0] == keys[1] and len(keys[0]) == suite.key_octets
    with pytest.raises(SecurityBroken):
        agreement.verified_ephemeral(suite, sent[1], curve.public_octets(suite, signing[1]), b"\1")


@given(st.binary(min_size=40, max_size=56))
def test_ephemeral_keys_are_on_the_curve(octets: bytes) -> None:
    for suite in (SUITES[1], SUITES[2]):
        private = agreement.ephemeral_private(suite, lambda count: octets.ljust(count, b"\7")[:count])
        assert len(curve.public_octets(suite, private)) == 2 * suite.coordinate_octets
