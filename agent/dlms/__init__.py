"""DLMS/COSEM over HDLC, both roles: octets in, events out. No I/O, no clock, nothing but the standard library."""

from agent.dlms.axdr import Data, Tag, to_python
from agent.dlms.client import (
    Answer,
    AssociationSettings,
    ClientSession,
    Closed,
    Event,
    Failed,
    Opened,
    Traced,
)
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult, Obis
from agent.dlms.server import Device, ServerSession, ServerSettings

__all__ = [
    "Answer",
    "AssociationSettings",
    "AttributeDescriptor",
    "ClientSession",
    "Closed",
    "Data",
    "DataAccessResult",
    "Device",
    "Event",
    "Failed",
    "Obis",
    "Opened",
    "ServerSession",
    "ServerSettings",
    "Tag",
    "Traced",
    "to_python",
]
