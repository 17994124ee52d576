"""A client and a meter with the same keys, and a conversation between them."""

from dataclasses import replace

from agent.dlms import AssociationSettings, ClientAccess, ServerSettings
from agent.dlms.security import curve
from agent.dlms.security.settings import PartyKeys, SecuritySettings
from agent.dlms.security.suite import SUITES, Protection, SuiteId
from agent.dlms.security.wrapping import ApduWrapping
from tests.dlms.conversation import Conversation, TestDevice, new_conversation

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


def conversation_with(
    client: AssociationSettings | None = None,
    server: ServerSettings | None = None,
    access: ClientAccess | None = None,
) -> tuple[Conversation, TestDevice]:
    """With a device that gives client 1 this access; and the device."""
    device = TestDevice(clients={1: access} if access else {})
    return new_conversation(client=client, server=server, device=device), device
