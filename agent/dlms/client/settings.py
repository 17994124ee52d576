"""The association that a client session makes: addresses, authentication, sizes."""

from dataclasses import dataclass, field

from agent.dlms.acse.mechanism import Mechanism
from agent.dlms.hdlc.address import AddressSize
from agent.dlms.hdlc.events import LinkTimes
from agent.dlms.hdlc.parameters import MAX_INFO, MAX_WINDOW, MIN_INFO
from agent.dlms.security.hls import CHALLENGE_OCTETS, MAX_CHALLENGE, MIN_CHALLENGE
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import check_title
from agent.dlms.xdlms.initiate import SERVICES, Conformance
from agent.domain.errors import InputError, LocalProtocolError
from agent.domain.transport import PLAIN_HDLC, Transport


@dataclass(frozen=True)
class AssociationSettings:
    """Sizes in octets; 0 as `max_pdu` is no limit.

    `physical` is the lower HDLC address; it needs an `address_size` of 2 or 4. `secret` is the password of LLS,
    or what HLS with MD5, SHA-1 and SHA-256 hashes. `security` is needed for HLS with GMAC and ECDSA, and for
    ciphering. `system_title` is this client's, if there is no `security` to give it; HLS with SHA-256 hashes it.

    For meters that need it: `challenge_octets` is the length of our challenge in HLS, `list_limit` the most attributes
    or methods in one request (0 is no limit, 1 is never a list), `meter_title` the meter's system title where its AARE
    has none. Without `send_title`, AARQ does not carry ours.

    Raises LocalProtocolError for sizes out of range, InputError for a mechanism without its keys.
    """

    client_sap: int = 16
    server_sap: int = 1
    physical: int = 0
    address_size: AddressSize = 1
    mechanism: Mechanism = Mechanism.NONE
    secret: bytes | None = field(default=None, repr=False)
    security: SecuritySettings | None = None
    system_title: bytes | None = None
    conformance: Conformance = SERVICES
    max_info: int = 128
    window: int = 1
    max_pdu: int = 65535
    general_block_window: int = 1
    challenge_octets: int = CHALLENGE_OCTETS
    list_limit: int = 0
    meter_title: bytes | None = None
    send_title: bool = True
    times: LinkTimes = field(default_factory=LinkTimes)
    transport: Transport = PLAIN_HDLC

    def __post_init__(self) -> None:
        sizes = MIN_INFO <= self.max_info <= MAX_INFO and 0 <= self.max_pdu <= 0xFFFF
        if not sizes or not 1 <= self.window <= MAX_WINDOW:
            raise LocalProtocolError(f"sizes out of range: {self.max_info}, {self.max_pdu}, {self.window}")
        if not MIN_CHALLENGE <= self.challenge_octets <= MAX_CHALLENGE or self.list_limit < 0:
            raise LocalProtocolError(f"out of range: {self.challenge_octets}, {self.list_limit}")
        if self.meter_title is not None:
            check_title(self.meter_title)
        if self.security is None and self.mechanism in (Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA):
            raise InputError(f"{self.mechanism.words} without keys", code="bad-keys")

    @property
    def own_title(self) -> bytes | None:
        """This client's system title, if it has one."""
        return self.security.system_title if self.security else self.system_title

    @property
    def ciphered(self) -> bool:
        """Whether APDUs are protected, beyond authentication of the association."""
        return self.security is not None and self.security.ciphered
