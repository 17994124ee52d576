"""Associations of several kinds, for both ends of a session; and APDUs sealed as the other end would."""

from dataclasses import dataclass, replace
from functools import cache
from random import Random

from agent.dlms import AssociationSettings, ClientAccess, Conformance, LinkTimes, Mechanism, ServerSettings
from agent.dlms.axdr.coding import decode
from agent.dlms.security import curve
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.settings import PartyKeys, SecuritySettings
from agent.dlms.security.suite import SUITES
from agent.dlms.security.wrapping import ApduWrapping, KeySource, WrappingKind
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import InputError, SecurityBroken
from agent.domain.transport import GatewayAddress, Transport
from tests.dlms.conversation import Counting, TestDevice
from tests.fuzz.seeds import ROWS

CLIENT_SAP = 1
CLIENT_TITLE, METER_TITLE = b"EPL\x00\x00\x00\x00\x01", b"CRM\x00\x00\x00\x00\x01"
BEHIND = GatewayAddress(1, b"\xa1\xb2")
TIMES = LinkTimes(response=1.0, inter_octet=0.5, retries=2)
_KEY, _OTHER_KEY, _DEDICATED = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
_GENERAL = SERVICES | Conformance.GENERAL_BLOCK_TRANSFER | Conformance.GENERAL_PROTECTION
_WRAPPINGS = (
    ApduWrapping(),
    ApduWrapping(dedicated=True),
    ApduWrapping(WrappingKind.GENERAL),
    ApduWrapping(WrappingKind.GENERAL, dedicated=True),
    *(ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=source) for source in KeySource),
)
WRAPPINGS = (*_WRAPPINGS, *(replace(wrapping, signed=True) for wrapping in _WRAPPINGS))


@dataclass(frozen=True)
class Variant:
    """Both ends' settings, and what the meter knows of the client."""

    client: AssociationSettings
    server: ServerSettings
    access: ClientAccess

    def device(self) -> TestDevice:
        """A new one, with a profile of two columns as register 20."""
        return TestDevice(clients={CLIENT_SAP: replace(self.access, seen={})}, values={20: decode(ROWS[0][2:])})

    def security(self, *, of_meter: bool, first: int = 0) -> SecurityContext | None:
        """What one end protects and opens with, where services are ciphered."""
        if self.client.security is None or self.access.security is None:
            return None
        settings = self.access.security if of_meter else self.client.security
        settings = replace(settings, dedicated_key=self.client.security.dedicated_key)
        peer = CLIENT_TITLE if of_meter else METER_TITLE
        return SecurityContext(settings, Counting(first), Random(3).randbytes, peer)


def sealed(record: bytes, security: SecurityContext | None) -> bytes:
    """The APDU of a record, whose first octet says how to protect it, if anything is protected; 0 is not at all."""
    if security is None:
        return record
    mode, apdu = (record or b"\x00")[0] % (len(WRAPPINGS) + 1), record[1:]
    try:
        return apdu if mode == 0 else security.protect(apdu, WRAPPINGS[mode - 1])
    except (LookupError, InputError):  # no such wrapping for this APDU, or with these keys
        return apdu


def opened(apdu: bytes, security: SecurityContext | None) -> bytes:
    """The record that `sealed` makes such an APDU of."""
    if security is None:
        return apdu
    try:
        plain, wrapping = security.unprotect(apdu)
    except SecurityBroken:
        return b"\x00" + apdu
    return bytes((WRAPPINGS.index(wrapping) + 1,)) + plain


def _settings(**changes: object) -> AssociationSettings:
    plain = AssociationSettings(client_sap=CLIENT_SAP, mechanism=Mechanism.LLS, secret=b"secret", times=TIMES)
    return replace(plain, max_info=512, window=3, **changes)  # type: ignore[arg-type]


def _secured(client: SecuritySettings, meter: SecuritySettings) -> Variant:
    return Variant(
        _settings(mechanism=Mechanism.HLS_GMAC, security=client, conformance=_GENERAL),
        ServerSettings(conformance=_GENERAL, max_info=512, window=3),
        ClientAccess(Mechanism.HLS_GMAC, security=meter),
    )


@cache
def variants() -> dict[str, Variant]:
    lls = ClientAccess(Mechanism.LLS, b"secret")
    small = ServerSettings(max_info=512, window=3, max_pdu=200)
    suite_0 = SecuritySettings(CLIENT_TITLE, _KEY, _OTHER_KEY, dedicated_key=_DEDICATED)
    meter_0 = SecuritySettings(METER_TITLE, _KEY, _OTHER_KEY)
    signed = ApduWrapping(WrappingKind.GENERAL_CIPHERING, key_source=KeySource.ONE_PASS, signed=True)
    return {
        "plain": Variant(_settings(), ServerSettings(max_info=512, window=3), lls),
        "wrapped": Variant(_settings(transport=Transport(True, BEHIND)), ServerSettings(wrapper=True), lls),
        "blocks": Variant(_settings(max_pdu=200), small, lls),
        "general-blocks": Variant(
            _settings(max_pdu=200, conformance=_GENERAL), replace(small, conformance=_GENERAL), lls
        ),
        "ciphered": _secured(suite_0, meter_0),
        "signed": _secured(_with_curves(suite_0, own=1, peer=2, wrapping=signed), _with_curves(meter_0, own=2, peer=1)),
    }


def _with_curves(
    settings: SecuritySettings, own: int, peer: int, wrapping: ApduWrapping | None = None
) -> SecuritySettings:
    """The same with suite 1, and keys for agreement and signatures."""
    private = {number: bytes((number,)) * 32 for number in (own, peer)}
    keys = PartyKeys(private[own], curve.public_octets(SUITES[1], private[peer]))
    return replace(
        settings,
        suite=1,
        agreement=keys,
        signing=keys,
        master_key=_KEY,
        wrapping=wrapping or ApduWrapping(),
        dedicated_key=None,
    )
