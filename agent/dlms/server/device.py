"""What a meter is, behind the protocol, and whom it lets in."""

from dataclasses import dataclass, field
from typing import Protocol

from agent.dlms.acse.association import Mechanism
from agent.dlms.axdr.coding import Data
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, MethodDescriptor
from agent.dlms.security.keys import SecuritySettings
from agent.dlms.xdlms.action import ActionReply
from agent.dlms.xdlms.common import Result
from agent.dlms.xdlms.initiate import SERVICES, Conformance


@dataclass(frozen=True)
class ClientAccess:
    """How a client of one SAP gets in. `seen` keeps its invocation counters beyond an association."""

    mechanism: Mechanism = Mechanism.NONE
    secret: bytes | None = field(default=None, repr=False)
    security: SecuritySettings | None = None
    seen: dict[bytes, int] = field(default_factory=dict, repr=False)


class LogicalDevice(Protocol):
    """Every call names the client's SAP; its rights are the device's affair."""

    def access(self, client_sap: int) -> ClientAccess | None:
        """How this client gets in; None if it never does."""

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Result:
        """The attribute's value, or the selected part of it, or why there is none."""

    def write(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> DataAccessResult:
        """Writes the attribute, or says why not."""

    def invoke(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> ActionReply:
        """Does it, or says why not."""


@dataclass(frozen=True)
class ServerSettings:
    """Sizes in octets. `conformance` is what the meter offers; `system_title` is
    said where HLS is asked for and no keys say another; `block_size` limits the blocks that it sends. After
    `inter_octet_timeout` seconds of silence, what is unfinished is forgotten."""

    server_sap: int = 1
    system_title: bytes = b"EPL\x00\x00\x00\x00\x00"
    physical: int = 0
    max_info: int = 128
    window: int = 1
    max_pdu: int = 1024
    conformance: Conformance = SERVICES
    block_size: int | None = None
    general_block_window: int = 1
    inter_octet_timeout: float = 1.0
