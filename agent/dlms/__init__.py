"""DLMS/COSEM over HDLC or the TCP wrapper, client and server: octets in, events out. No I/O and no clock; imports
only the standard library until something is ciphered."""

from agent.dlms.acse.mechanism import Mechanism
from agent.dlms.axdr.coding import Data, Tag, to_python
from agent.dlms.client.events import (
    ActionResults,
    Closed,
    Event,
    Failed,
    GetResult,
    Opened,
    Rows,
    RowsEnd,
    SetResult,
    Traced,
)
from agent.dlms.client.session import ClientSession
from agent.dlms.client.settings import AssociationSettings
from agent.dlms.cosem.names import (
    ActionResult,
    AttributeDescriptor,
    DataAccessResult,
    MethodDescriptor,
    Obis,
    SelectiveAccess,
)
from agent.dlms.hdlc.events import LinkTimes
from agent.dlms.server.logical_device import ClientAccess, LogicalDevice
from agent.dlms.server.session import ServerSession
from agent.dlms.server.settings import ServerSettings
from agent.dlms.xdlms.action import ActionReply
from agent.dlms.xdlms.initiate import Conformance

__all__ = [
    "ActionReply",
    "ActionResult",
    "ActionResults",
    "AssociationSettings",
    "AttributeDescriptor",
    "ClientAccess",
    "ClientSession",
    "Closed",
    "Conformance",
    "Data",
    "DataAccessResult",
    "Event",
    "Failed",
    "GetResult",
    "LinkTimes",
    "LogicalDevice",
    "Mechanism",
    "MethodDescriptor",
    "Obis",
    "Opened",
    "Rows",
    "RowsEnd",
    "SelectiveAccess",
    "ServerSession",
    "ServerSettings",
    "SetResult",
    "Tag",
    "Traced",
    "to_python",
]
