"""Refusals of an association: each diagnostic has a name, a code, and words that say what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AssociationSettings, Failed
from agent.dlms.acse.apdus import decode_aare
from agent.dlms.acse.diagnostics import Diagnostic, association_refused, diagnostic_words
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.events import LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.domain.errors import AssociationRefused, EplusError
from agent.domain.words import LANGUAGES, plain
from tests.dlms.conversation import new_client

CODES = {
    (False, 0): "association-no-reason",
    (False, 1): "association-no-reason",
    (False, 2): "association-context",
    **{(False, number): "association-client" for number in range(3, 7)},
    **{(False, number): "association-server" for number in range(7, 11)},
    (False, 11): "association-mechanism",
    (False, 12): "association-secret-needed",
    (False, 13): "association-refused",
    (False, 14): "association-secret-needed",
    (False, 99): "association-refused",
    (True, 0): "association-no-reason",
    (True, 1): "association-no-reason",
    (True, 2): "association-version",
    (True, 9): "association-refused",
}


def aare(result: int, number: int, *, from_provider: bool = False, information: bytes = b"") -> bytes:
    source = 0xA2 if from_provider else 0xA1
    content = bytes.fromhex("a109060760857405080101 a2030201")[:-1] + bytes((1, result))
    content += bytes((0xA3, 5, source, 3, 2, 1, number))
    if information:
        content += bytes((0xBE, len(information) + 2, 4, len(information))) + information
    return bytes((0x61, len(content))) + content


def refusal_by(apdu: bytes) -> EplusError:
    """What a client says that gets this in answer to its AARQ."""
    here, meter = Address(16), Address(1)
    client = new_client(AssociationSettings())
    client.open(0.0, 10.0)
    client.receive(encode_frame(Frame(FrameKind.UA, here, meter)), 0.1)
    client.receive(encode_frame(Frame(FrameKind.I, here, meter, nr=1, information=LLC_RESPONSE + apdu)), 0.2)
    (failed,) = [event for event in iter(client.next_event, None) if isinstance(event, Failed)]
    return failed.error


@pytest.mark.parametrize(("said", "code"), CODES.items())
def test_each_diagnostic(said: tuple[bool, int], code: str) -> None:
    from_provider, number = said
    error = refusal_by(aare(1, number, from_provider=from_provider))
    assert isinstance(error, AssociationRefused) and error.code == code and not error.retryable
    assert error.params["diagnostic"] == diagnostic_words(number, from_provider=from_provider)
    for language in LANGUAGES:
        words = plain(error, language)
        assert str(error.params["diagnostic"]) in words.what and words.todo
        assert "(?)" not in str(words) and not str(words).startswith("Internal")


def test_every_name_is_known() -> None:
    assert {number for from_provider, number in CODES if not from_provider} >= set(Diagnostic)


def test_a_transient_refusal_may_be_tried_again() -> None:
    assert refusal_by(aare(2, 1)).retryable


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("0e010600", "association-no-reason"),
        ("0e010601", "association-version"),
        ("0e010602", "association-services"),
        ("0e010603", "association-services"),
        ("0e010604", "association-no-reason"),
        ("0e010609", "association-refused"),
        ("0e020001", "association-refused"),
    ],
)
def test_the_error_beside_a_diagnostic_that_says_nothing(error: str, code: str) -> None:
    information = bytes.fromhex(error)
    assert refusal_by(aare(1, 1, information=information)).code == code
    assert refusal_by(aare(1, 13, information=information)).code == "association-refused"
    assert refusal_by(aare(0, 0, information=information)).code == code
    assert refusal_by(information).code == code


# A refusal as a real meter sent it (gurux.dlms.java, pull requests 22 and 23: Landis+Gyr ZMXi320).
def test_a_refusal_of_a_real_meter() -> None:
    error = refusal_by(bytes.fromhex("6117a109060760857405080101a203020101a305a10302010d"))
    assert (error.code, error.params["diagnostic"]) == ("association-refused", "authentication-failure")


@pytest.mark.parametrize("diagnostic", ["", "a1", "a103", "a1030201", "a103040113", "ff", "a1820fff"])
def test_a_diagnostic_that_cannot_be_read_leaves_the_refusal(diagnostic: str) -> None:
    octets = bytes.fromhex(diagnostic)
    content = bytes.fromhex("a203020101a3") + bytes((len(octets),)) + octets
    assert refusal_by(bytes((0x61, len(content))) + content).code == "association-refused"


@given(st.binary(max_size=40))
def test_whatever_a_diagnostic_holds(octets: bytes) -> None:
    content = bytes.fromhex("a203020101a3") + bytes((len(octets),)) + octets
    response = decode_aare(bytes((0x61, len(content))) + content)
    assert not response.accepted and isinstance(association_refused(response.diagnostic), AssociationRefused)
