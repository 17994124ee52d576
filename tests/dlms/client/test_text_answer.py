"""A text where an APDU belongs: told as the meter's own words, without what must not be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.dlms import AssociationSettings, Closed, Failed, GetResult, Mechanism, Opened, Traced
from agent.dlms.client.text_answer import LONGEST, is_text, text_answer
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.events import LLC_RESPONSE
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.domain.errors import EplusError
from agent.domain.words import plain
from tests.dlms.conversation import Conversation, new_conversation, register

CLIENT, METER = Address(1), Address(1)
LLS = AssociationSettings(client_sap=1, mechanism=Mechanism.LLS, secret=b"secret")


def answered(information: bytes, *, streamed: bool = False) -> tuple[EplusError, Conversation, list[str]]:
    """The error after this answer to a request, and the expert's log."""
    line = new_conversation(client=LLS)
    assert isinstance(line.open(), Opened)
    if streamed:
        line.client.rows(register(30), 1, 0.0, 60.0)
    else:
        line.client.get([register(1)], 0.0, 60.0)
    line.client.data_to_send()
    line.client.receive(encode_frame(Frame(FrameKind.I, CLIENT, METER, 1, 2, information=information)), 0.1)
    events = list(iter(line.client.next_event, None))
    (failed,) = [event for event in events if isinstance(event, Failed)]
    return failed.error, line, [event.text for event in events if isinstance(event, Traced)]


# From gurux.fi, comment 28751.
@pytest.mark.parametrize("header", [LLC_RESPONSE, b""])
@pytest.mark.parametrize("streamed", [False, True])
def test_the_text_of_a_real_meter(header: bytes, streamed: bool) -> None:
    error, line, log = answered(header + b"NEXERRORNO-1", streamed=streamed)
    assert (error.code, error.params) == ("text-answer", {"text": "NEXERRORNO-1"})
    assert "NEXERRORNO-1" in plain(error, "en").what
    assert any("NEXERRORNO-1" in text for text in log), "the expert's log has it"
    assert isinstance(line.close(), Closed) and isinstance(line.open(), Opened)
    assert isinstance(line.get(register(1)), GetResult)


@pytest.mark.parametrize("text", [b"password SECRET is wrong", b"got " + b"secret".hex().upper().encode()])
def test_the_secret_is_hidden(text: bytes) -> None:
    error, _, log = answered(LLC_RESPONSE + text)
    shown = (str(error.params) + error.detail + "".join(log)).lower()
    assert "secret" not in shown and b"secret".hex() not in shown and "…" in shown


def test_what_looks_like_a_key_is_hidden_and_long_texts_are_cut() -> None:
    assert text_answer(b"KEY 000102030405060708090A0B0C0D0E0F bad\r\n\x00", None).params == {"text": "KEY … bad"}
    assert len(str(text_answer(b"no " * 500, None).params["text"])) <= LONGEST


@given(st.binary(max_size=80), st.none() | st.binary(min_size=1, max_size=8))
def test_only_what_is_readable_is_shown(octets: bytes, secret: bytes | None) -> None:
    if is_text(octets):
        text = str(text_answer(octets, secret).params["text"])
        assert text.isprintable() and len(text) <= LONGEST


@pytest.mark.parametrize(
    "octets", [b"", b"ab", b"\x00\x00\x00\x00\x00", b"\xc4\x01\xc1\x00", b"text \x80", b"\x61\x03abc"[:2]]
)
def test_what_is_no_text(octets: bytes) -> None:
    assert not is_text(octets)
