"""SET, ACTION, blocks and general blocks between client and server, in every size, ciphered and not."""

from collections.abc import Iterator
from dataclasses import replace

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
from agent.dlms.security import curve
from agent.dlms.security.settings import PartyKeys, SecuritySettings
from agent.dlms.security.suite import SUITES, Protection, SuiteId
from agent.dlms.security.wrapping import ApduWrapping, KeySource, WrappingKind
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import AssociationRefused, RemoteRefusal, SecurityBroken
from tests.dlms.conversation import Conversation, TestDevice, method, new_client, new_server, register

GBT = SERVICES | Conformance.GENERAL_BLOCK_TRANSFER | Conformance.GENERAL_PROTECTION
LONG = Data(Tag.OCTET_STRING, bytes(range(256)) * 8)
METER_TITLE, CLIENT_TITLE = b"CRM\0\0\0\0\1", b"EPL\0\0\0\0\1"
BOTH = Protection.AUTHENTICATED | Protection.ENCRYPTED


def key(suite: SuiteId, number: int) -> bytes:
    return bytes((number,)) * SUITES[suite].key_octets


def secured(
    suite: SuiteId, protection: Protection, wrapping: ApduWrapping | None = None, *, dedicated: bool = False
) -> tuple[SecuritySettings, SecuritySettings]:
    """The client's side and the meter's."""
    private = {name: bytes((number,)) * 31 + b"\1" for number, name in enumerate(("ca", "cs", "ma", "ms"), 1)}
    keys: list[PartyKeys | None] = [None] * 4
    if suite:
        public = {name: curve.public_octets(SUITES[suite], octets) for name, octets in private.items()}
        keys = [
            PartyKeys(private["ca"], public["ma"]),
            PartyKeys(private["cs"], public["ms"]),
            PartyKeys(private["ma"], public["ca"]),
            PartyKeys(private["ms"], public["cs"]),
        ]
    client = SecuritySettings(
        CLIENT_TITLE,
        key(suite, 0x11),
        key(suite, 0x22),
        suite,
        protection,
        key(suite, 0x33) if dedicated else None,
        wrapping or ApduWrapping(),
        master_key=key(suite, 0x44),
        agreement=keys[0],
        signing=keys[1],
    )
    meter = replace(
        client,
        system_title=METER_TITLE,
        dedicated_key=None,
        agreement=keys[2],
        signing=keys[3],
        wrapping=ApduWrapping(signed=bool(wrapping and wrapping.signed)),
    )
    return client, meter


def talk(
    settings: AssociationSettings | None = None,
    server: ServerSettings | None = None,
    access: ClientAccess | None = None,
) -> tuple[Conversation, TestDevice]:
    device = TestDevice(clients={1: access} if access else {})
    return Conversation(new_client(settings), new_server(server, device)), device


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
    do_everything(*talk(client, server))


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
    do_everything(*talk(client, server, ClientAccess(Mechanism.HLS_GMAC, security=theirs)))


@pytest.mark.parametrize("mechanism", [m for m in Mechanism if m.is_hls])
@pytest.mark.parametrize("ciphered", [False, True])
def test_every_mechanism(mechanism: Mechanism, ciphered: bool) -> None:
    ours, theirs = secured(1, BOTH if ciphered else Protection.NONE)
    client = AssociationSettings(client_sap=1, mechanism=mechanism, secret=b"long secret", security=ours)
    do_everything(*talk(client, None, ClientAccess(mechanism, b"long secret", theirs)))


@pytest.mark.parametrize("mechanism", [m for m in Mechanism if m.is_hls])
def test_a_wrong_secret_is_refused_by_the_meter(mechanism: Mechanism) -> None:
    ours, theirs = secured(1, Protection.NONE)
    wrong = replace(ours, encryption_key=key(1, 9), signing=ours.agreement)
    client = AssociationSettings(client_sap=1, mechanism=mechanism, secret=b"wrong", security=wrong)
    line, device = talk(client, None, ClientAccess(mechanism, b"right", theirs))
    failed = line.open()
    assert isinstance(failed, Failed) and isinstance(failed.error, AssociationRefused)
    assert failed.error.params["diagnostic"] == "authentication-failure"
    assert isinstance(line.close(), Closed) and not device.calls


def test_a_wrong_key_is_said_and_nothing_is_served() -> None:
    ours, theirs = secured(0, BOTH)
    client = AssociationSettings(client_sap=1, security=replace(ours, authentication_key=key(0, 9)))
    line, _ = talk(client, None, ClientAccess(Mechanism.NONE, security=theirs))
    failed = line.open()
    assert isinstance(failed, Failed) and isinstance(failed.error, AssociationRefused)
    assert "deciphering-error" in str(failed.error.params["diagnostic"])


def test_an_old_counter_is_refused_with_the_right_one() -> None:
    ours, theirs = secured(0, BOTH)
    access = ClientAccess(Mechanism.NONE, security=theirs, seen={theirs.encryption_key: 1000})
    line, _ = talk(AssociationSettings(client_sap=1, security=ours), None, access)
    failed = line.open()
    assert isinstance(failed, Failed) and isinstance(failed.error, AssociationRefused)
    assert "invocation-counter-error" in str(failed.error.params["diagnostic"])


def test_a_plain_answer_in_a_ciphered_association_is_refused() -> None:
    ours, theirs = secured(0, BOTH)
    access = ClientAccess(Mechanism.NONE, security=theirs)
    line, device = talk(AssociationSettings(client_sap=1, security=ours), None, access)
    assert isinstance(line.open(), Opened)
    assert line.server._association is not None
    line.server._serve = lambda _association, _apdu: bytes.fromhex("c401c100") + b"\x11\x05"  # type: ignore[assignment, method-assign]
    failed = line.get(register(1))
    assert isinstance(failed, Failed) and isinstance(failed.error, SecurityBroken)
    assert failed.error.code == "security-weaker"
    assert not device.writes


def test_a_service_that_was_not_granted_is_not_asked_for() -> None:
    line, _ = talk(None, ServerSettings(conformance=Conformance.GET))
    assert isinstance(line.open(), Opened)
    for failed in (line.set((register(1), LONG)), line.act((method(1), None))):
        assert isinstance(failed, Failed) and isinstance(failed.error, RemoteRefusal)
        assert failed.error.code == "service-not-granted"
    selected = AttributeDescriptor(7, Obis(1, 0, 99, 1, 0), 2, SelectiveAccess(2, Data(Tag.NULL, None)))
    failed = line.get(selected)
    assert isinstance(failed, Failed) and failed.error.code == "service-not-granted"
    assert isinstance(line.get(register(1)), GetResult), "the association still stands"
