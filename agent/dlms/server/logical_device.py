"""What a server serves: a logical device, and the access that it gives to clients."""

from dataclasses import dataclass, field
from typing import Protocol

from agent.dlms.acse.mechanism import Mechanism
from agent.dlms.axdr.coding import Data
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, MethodDescriptor
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.xdlms.action import ActionReply
from agent.dlms.xdlms.common import Result


@dataclass(frozen=True)
class ClientAccess:
    """How the client of one SAP must authenticate. `seen` keeps its invocation counters beyond an association."""

    mechanism: Mechanism = Mechanism.NONE
    secret: bytes | None = field(default=None, repr=False)
    security: SecuritySettings | None = None
    seen: dict[bytes, int] = field(default_factory=dict, repr=False)

    @property
    def ciphered(self) -> bool:
        """Whether APDUs of this client must be protected."""
        return self.security is not None and self.security.ciphered


class LogicalDevice(Protocol):
    """Attributes and methods. Every call names the client's SAP; access rights are up to the device."""

    def access(self, client_sap: int) -> ClientAccess | None:
        """How this client must authenticate; None if it has no access."""

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> Result:
        """The attribute's value, or the selected part of it, or why there is none."""

    def write(self, client_sap: int, attribute: AttributeDescriptor, value: Data) -> DataAccessResult:
        """Writes the attribute; returns the result."""

    def invoke(self, client_sap: int, method: MethodDescriptor, parameters: Data | None) -> ActionReply:
        """Invokes the method; returns its result and return parameters."""
