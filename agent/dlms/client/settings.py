"""Whom a session talks to, and how."""

from dataclasses import dataclass, field

from agent.dlms.acse.association import Mechanism
from agent.dlms.hdlc.address import AddressSize
from agent.dlms.hdlc.events import LinkTimes
from agent.dlms.hdlc.parameters import MAX_INFO, MAX_WINDOW, MIN_INFO
from agent.dlms.security.keys import SecuritySettings
from agent.dlms.security.suite import Protection
from agent.dlms.xdlms.initiate import SERVICES, Conformance
from agent.domain.errors import InputError, LocalProtocolError

CHALLENGE_OCTETS = 16


@dataclass(frozen=True)
class AssociationSettings:
    """Sizes in octets. `max_pdu` 0 is no limit.

    `physical` is the lower HDLC address; it needs an `address_size` of 2 or 4. `secret` is the password of LLS,
    or what HLS with MD5, SHA-1 and SHA-256 hashes. `security` is needed for HLS with GMAC and ECDSA, and for
    ciphering. `system_title` is ours where there is no `security` to say it; HLS with SHA-256 hashes it.
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
    times: LinkTimes = field(default_factory=LinkTimes)

    def __post_init__(self) -> None:
        sizes = MIN_INFO <= self.max_info <= MAX_INFO and 0 <= self.max_pdu <= 0xFFFF
        if not sizes or not 1 <= self.window <= MAX_WINDOW:
            raise LocalProtocolError(f"sizes out of range: {self.max_info}, {self.max_pdu}, {self.window}")
        if self.security is None and self.mechanism in (Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA):
            raise InputError(f"{self.mechanism.words} without keys", code="bad-keys")

    @property
    def own_title(self) -> bytes | None:
        """This client's system title, if it has one."""
        return self.security.system_title if self.security else self.system_title

    @property
    def ciphered(self) -> bool:
        """Whether services are protected, and not only the association's making."""
        return self.security is not None and self.security.protection != Protection.NONE
