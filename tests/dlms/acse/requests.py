"""Requests for an association."""

from agent.dlms import Mechanism
from agent.dlms.acse import apdus as acse
from agent.dlms.xdlms import initiate
from agent.dlms.xdlms.initiate import Conformance

READING = Conformance.GET | Conformance.MULTIPLE_REFERENCES | Conformance.BLOCK_TRANSFER_WITH_GET
PROPOSED = initiate.Initiate(READING, 0xFFFF)


def aarq(
    proposed: initiate.Initiate = PROPOSED, mechanism: Mechanism = Mechanism.NONE, value: bytes | None = None
) -> bytes:
    """An AARQ that proposes these services."""
    return acse.encode_aarq(acse.AssociationRequest(mechanism, False, value, None, initiate.encode_request(proposed)))
