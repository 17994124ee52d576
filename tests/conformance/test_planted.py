"""A table in which all is passed says something only if it would be otherwise with a fault: some are planted here."""

from collections.abc import Callable
from typing import Any

import pytest

from agent.dlms.client import services
from agent.dlms.hdlc import client_wire, deframer, frame, server, transfer
from agent.dlms.server import responder
from agent.dlms.server import session as server_session
from tests.conformance.items import ITEMS
from tests.conformance.our_meter import OUR_METER
from tests.conformance.plays import Outcome, play_at_client, play_at_meter

Fault = tuple[object, str, Callable[..., Any]]

AT_METER: dict[str, tuple[Fault, set[str]]] = {
    "rejects no frame": (
        (server.ServerLink, "_faults", lambda *_: 0),
        {"HDLC_FRAME_N5", "HDLC_INFO_N1", "HDLC_INFO_N2"},
    ),
    "answers to every address": (
        (server.ServerLink, "_is_ours", lambda *_: True),
        {"HDLC_ADDRESS_N4", "MORE_HDLC_BROADCAST"},
    ),
    "has no time-outs": ((server.ServerLink, "let_time_pass", lambda *_: None), {"HDLC_FRAME_P3"}),
    "takes every check sequence": ((frame, "is_sound", lambda _octets: True), {"HDLC_FRAME_N7", "HDLC_FRAME_N8"}),
    "lets everybody in": (
        (responder, "_diagnose", lambda *_: vars(responder)["Diagnostic"].NULL),
        {"APPL_OPEN_5", "APPL_OPEN_6", "APPL_OPEN_7", "MORE_APPL_AGAIN"},
    ),
    "has no objection": (
        (responder, "_objection", lambda *_, **__: None),
        {"APPL_OPEN_9", "APPL_OPEN_12", "APPL_OPEN_13", "APPL_OPEN_14"},
    ),
    "never ends an association": (
        (server_session.ServerSession, "release", lambda _self: None),
        {"MORE_HDLC_SNRM_AGAIN", "APPL_OPEN_1", "APPL_REL_P1"},
    ),
}
AT_CLIENT: dict[str, tuple[Fault, set[str]]] = {
    "takes every check sequence": ((frame, "is_sound", lambda _octets: True), {"HDLC_FRAME_N7", "HDLC_FRAME_N8"}),
    "takes what is for others": (
        (client_wire.ClientWire, "_is_for_client", lambda *_: True),
        {"HDLC_ADDRESS_N1", "HDLC_ADDRESS_N4", "MORE_HDLC_BROADCAST", "MORE_HDLC_OTHER_CLIENT"},
    ),
    "takes every answer for its own": ((services, "check_invoke_id", lambda *_: None), {"MORE_APPL_INVOKE_ID"}),
    "counts no wrong numbers": ((transfer.Transfer, "_check_sequence", lambda *_: None), {"HDLC_INFO_N2"}),
    "never drops half a frame": ((deframer.Deframer, "reset", lambda _self: None), {"HDLC_FRAME_P2"}),
}


@pytest.mark.parametrize("name", AT_METER)
def test_a_fault_of_the_meter_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (place, what, wrong), found = AT_METER[name]
    monkeypatch.setattr(place, what, wrong)
    failed = {item.name for item in ITEMS if play_at_meter(item, OUR_METER).outcome is Outcome.FAILED}
    assert found <= failed


@pytest.mark.parametrize("name", AT_CLIENT)
def test_a_fault_of_the_client_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (place, what, wrong), found = AT_CLIENT[name]
    monkeypatch.setattr(place, what, wrong)
    failed = {item.name for item in ITEMS if play_at_client(item).outcome is Outcome.FAILED}
    assert found <= failed
