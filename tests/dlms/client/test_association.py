"""Associations: passwords, secrets, keys and counters, right and wrong."""

from dataclasses import replace

import pytest

from agent.dlms import AssociationSettings, ClientAccess, Closed, Data, Failed, Mechanism, Tag
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.security.suite import Protection
from agent.domain.errors import AssociationRefused
from tests.dlms.conversation import new_client, new_conversation, register
from tests.dlms.secured import BOTH, conversation_with, key, secured

CLIENT, METER = Address(16), Address(1)


def test_password() -> None:
    settings_ = AssociationSettings(client_sap=1, mechanism=Mechanism.LLS, secret=b"secret")
    assert new_conversation(client=settings_).reading(register(5)).values == (Data(Tag.DOUBLE_LONG_UNSIGNED, 5),)


@pytest.mark.parametrize(
    ("settings_", "diagnostic"),
    [
        (AssociationSettings(client_sap=1, mechanism=Mechanism.LLS, secret=b"wrong"), "authentication-failure"),
        (AssociationSettings(client_sap=1), "authentication-required"),
    ],
)
def test_wrong_password_is_refused_and_never_traced(settings_: AssociationSettings, diagnostic: str) -> None:
    conversation = new_conversation(client=settings_)
    failed = conversation.open()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, AssociationRefused)
    assert failed.error.params["diagnostic"] == diagnostic
    assert isinstance(conversation.close(), Closed)
    assert b"wrong".hex() not in "".join(conversation.traces)
    assert "wrong" not in "".join(conversation.traces) + repr(settings_)


@pytest.mark.parametrize("mechanism", [m for m in Mechanism if m.is_hls])
def test_a_wrong_secret_is_refused_by_the_meter(mechanism: Mechanism) -> None:
    ours, theirs = secured(1, Protection.NONE)
    wrong = replace(ours, encryption_key=key(1, 9), signing=ours.agreement)
    client = AssociationSettings(client_sap=1, mechanism=mechanism, secret=b"wrong", security=wrong)
    line, device = conversation_with(client, None, ClientAccess(mechanism, b"right", theirs))
    failed = line.open()
    assert isinstance(failed, Failed) and isinstance(failed.error, AssociationRefused)
    assert failed.error.params["diagnostic"] == "authentication-failure"
    assert isinstance(line.close(), Closed) and not device.calls


def test_a_wrong_key_is_said_and_nothing_is_served() -> None:
    ours, theirs = secured(0, BOTH)
    client = AssociationSettings(client_sap=1, security=replace(ours, authentication_key=key(0, 9)))
    line, _ = conversation_with(client, None, ClientAccess(Mechanism.NONE, security=theirs))
    failed = line.open()
    assert isinstance(failed, Failed) and isinstance(failed.error, AssociationRefused)
    assert "deciphering-error" in str(failed.error.params["diagnostic"])


def test_an_old_counter_is_refused_with_the_right_one() -> None:
    ours, theirs = secured(0, BOTH)
    access = ClientAccess(Mechanism.NONE, security=theirs, seen={theirs.encryption_key: 1000})
    line, _ = conversation_with(AssociationSettings(client_sap=1, security=ours), None, access)
    failed = line.open()
    assert isinstance(failed, Failed) and isinstance(failed.error, AssociationRefused)
    assert "invocation-counter-error" in str(failed.error.params["diagnostic"])


@pytest.mark.parametrize(
    ("apdu", "words"),
    [
        ("d80101", "exception service-not-allowed operation-not-possible"),
        ("0e010600", "confirmed-service-error initiate other"),
    ],
)
def test_association_refused_as_a_whole(apdu: str, words: str) -> None:
    session = new_client()
    session.open(0.0, 10.0)
    session.receive(encode_frame(Frame(FrameKind.UA, CLIENT, METER)), 0.1)
    session.receive(
        encode_frame(Frame(FrameKind.I, CLIENT, METER, nr=1, information=b"\xe6\xe7\x00" + bytes.fromhex(apdu))), 0.2
    )
    failed = [event for event in iter(session.next_event, None) if isinstance(event, Failed)]
    assert len(failed) == 1
    assert isinstance(failed[0].error, AssociationRefused)
    assert failed[0].error.params["diagnostic"] == words
