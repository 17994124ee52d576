"""Every service in every size, ciphered and not, with every mechanism."""

from collections.abc import Iterator

import pytest

from agent.dlms import (
    ActionReply,
    ActionResult,
    ActionResults,
    AssociationSettings,
    AttributeDescriptor,
    ClientAccess,
    Closed,
    Conformance,
    Data,
    DataAccessResult,
    Failed,
    GetResult,
    Mechanism,
    Obis,
    Opened,
    SelectiveAccess,
    ServerSettings,
    SetResult,
    Tag,
)
from agent.dlms.security.suite import Protection, SuiteId
from agent.dlms.security.wrapping import ApduWrapping, KeySource, WrappingKind
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import RemoteRefusal, SecurityBroken
from tests.dlms.conversation import Conversation, TestDevice, method, register
from tests.dlms.secured import BOTH, conversation_with, secured

GBT = SERVICES | Conformance.GENERAL_BLOCK_TRANSFER | Conformance.GENERAL_PROTECTION
LONG = Data(Tag.OCTET_STRING, bytes(range(256)) * 8)


def plain_lines() -> Iterator[tuple[AssociationSettings, ServerSettings]]:
    for conformance in (SERVICES, GBT, Conformance.GET | Conformance.SET | Conformance.ACTION | Conformance(7 << 10)):
        for pdu in (100, 300, 65535):
            for window in (1, 3, 7):
                client = AssociationSettings(
                    max_pdu=pdu, window=window, conformance=conformance, general_block_window=window
                )
                yield client, ServerSettings(max_pdu=pdu, window=window, conformance=conformance)


def do_everything(line: Conversation, device: TestDevice) -> None:
    opened = line.open()
    assert isinstance(opened, Opened), opened
    short = Data(Tag.LONG_UNSIGNED, 7)
    assert line.get(register(3), register(30), register(99)) == GetResult(
        (Data(Tag.DOUBLE_LONG_UNSIGNED, 3), LONG, DataAccessResult.OBJECT_UNDEFINED)
    )
    assert line.set((register(31), LONG), (register(32), short), (register(50), short)) == SetResult(
        (DataAccessResult.SUCCESS, DataAccessResult.SUCCESS, DataAccessResult.READ_WRITE_DENIED)
    )
    assert line.set((register(33), LONG)) == SetResult((DataAccessResult.SUCCESS,))
    assert device.values == {31: LONG, 32: short, 33: LONG}
    replies = (
        ActionReply(ActionResult.SUCCESS, LONG),
        ActionReply(ActionResult.SUCCESS, short),
        ActionReply(ActionResult.OBJECT_UNDEFINED),
    )
    assert line.act((method(1), LONG), (method(2), short), (method(50), short)) == ActionResults(replies)
    assert line.act((method(1), None)) == ActionResults((ActionReply(ActionResult.SUCCESS),))
    assert line.act((method(1), LONG)) == ActionResults(replies[:1])
    assert len(device.calls) == 5 and len(device.writes) == 4, "each once"
    assert isinstance(line.close(), Closed)


@pytest.mark.parametrize(("client", "server"), list(plain_lines()))
def test_every_service_in_every_size(client: AssociationSettings, server: ServerSettings) -> None:
    do_everything(*conversation_with(client, server))


SUITE_IDS: list[SuiteId] = [0, 1, 2]
PROTECTIONS = [Protection.AUTHENTICATED, Protection.ENCRYPTED, BOTH]
WRAPPINGS = [
    ApduWrapping(),
    ApduWrapping(WrappingKind.GENERAL),
    ApduWrapping(WrappingKind.GENERAL_CIPHERING),
    ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=KeySource.WRAPPED),
    ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=KeySource.ONE_PASS),
    ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=KeySource.STATIC),
    ApduWrapping(signed=True),
    ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=KeySource.ONE_PASS, signed=True),
]


def ciphered_cases() -> Iterator[tuple[SuiteId, Protection, ApduWrapping, bool, int]]:
    for suite in SUITE_IDS:
        for wrapping in WRAPPINGS:
            agreed = wrapping.signed or wrapping.key_source in (KeySource.ONE_PASS, KeySource.STATIC)
            if suite == 0 and agreed:
                continue
            for protection in PROTECTIONS:
                yield suite, protection, wrapping, wrapping.kind is not WrappingKind.GENERAL_CIPHERING, 800


@pytest.mark.parametrize("conformance", [SERVICES, GBT], ids=["blocks", "general blocks"])
@pytest.mark.parametrize(("suite", "protection", "wrapping", "dedicated", "pdu"), list(ciphered_cases()))
def test_every_protection(
    suite: SuiteId, protection: Protection, wrapping: ApduWrapping, dedicated: bool, pdu: int, conformance: Conformance
) -> None:
    ours, theirs = secured(suite, protection, wrapping, dedicated=dedicated)
    client = AssociationSettings(
        client_sap=1, mechanism=Mechanism.HLS_GMAC, security=ours, max_pdu=pdu, window=3, conformance=conformance
    )
    server = ServerSettings(max_pdu=pdu, window=3, conformance=conformance)
    do_everything(*conversation_with(client, server, ClientAccess(Mechanism.HLS_GMAC, security=theirs)))


@pytest.mark.parametrize("mechanism", [m for m in Mechanism if m.is_hls])
@pytest.mark.parametrize("ciphered", [False, True])
def test_every_mechanism(mechanism: Mechanism, ciphered: bool) -> None:
    ours, theirs = secured(1, BOTH if ciphered else Protection.NONE)
    client = AssociationSettings(client_sap=1, mechanism=mechanism, secret=b"long secret", security=ours)
    do_everything(*conversation_with(client, None, ClientAccess(mechanism, b"long secret", theirs)))


def test_a_plain_answer_in_a_ciphered_association_is_refused() -> None:
    ours, theirs = secured(0, BOTH)
    access = ClientAccess(Mechanism.NONE, security=theirs)
    line, device = conversation_with(AssociationSettings(client_sap=1, security=ours), None, access)
    assert isinstance(line.open(), Opened)
    assert line.server._association is not None
    line.server._serve = lambda _association, _apdu: bytes.fromhex("c401c100") + b"\x11\x05"  # type: ignore[assignment, method-assign]
    failed = line.get(register(1))
    assert isinstance(failed, Failed) and isinstance(failed.error, SecurityBroken)
    assert failed.error.code == "security-weaker"
    assert not device.writes


def test_a_service_that_was_not_granted_is_not_asked_for() -> None:
    line, _ = conversation_with(None, ServerSettings(conformance=Conformance.GET))
    assert isinstance(line.open(), Opened)
    for failed in (line.set((register(1), LONG)), line.act((method(1), None))):
        assert isinstance(failed, Failed) and isinstance(failed.error, RemoteRefusal)
        assert failed.error.code == "service-not-granted"
    selected = AttributeDescriptor(7, Obis(1, 0, 99, 1, 0), 2, SelectiveAccess(2, Data(Tag.NULL, None)))
    failed = line.get(selected)
    assert isinstance(failed, Failed) and failed.error.code == "service-not-granted"
    assert isinstance(line.get(register(1)), GetResult), "the association still stands"
