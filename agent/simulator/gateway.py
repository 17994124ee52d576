"""A simulated gateway: a meter itself, it forwards to the meters behind it what has their address before it."""

from collections.abc import Mapping

from agent.dlms import ServerSession, ServerSettings
from agent.dlms.server.transport import new_server_link
from agent.dlms.wrapper.gateway import (
    REQUEST,
    RESPONSE,
    GatewayHeader,
    begins_with_header,
    encode_gateway_header,
    split_header,
)
from agent.domain.transport import GatewayAddress


class GatewaySession:
    """One client's connection. What is for no meter that the gateway knows is not answered."""

    def __init__(
        self, settings: ServerSettings, own: ServerSession, behind: Mapping[GatewayAddress, ServerSession]
    ) -> None:
        self._own, self._behind = own, behind
        self._link = new_server_link(settings, self._respond, self._release)
        self.receive, self.data_to_send = self._link.receive, self._link.data_to_send
        self.let_time_pass = self._link.let_time_pass

    @property
    def is_connected(self) -> bool:
        """Whether a client is connected now."""
        return self._link.is_connected

    def _release(self) -> None:
        for session in (self._own, *self._behind.values()):
            session.release()

    def _respond(self, client_sap: int, apdu: bytes) -> list[bytes]:
        if not begins_with_header(apdu):
            return self._own.respond(client_sap, apdu)
        if (split := split_header(apdu)) is None:
            return []
        header, content = split
        meter = self._behind.get(header.address)
        if meter is None or header.kind != REQUEST:
            return []
        before = encode_gateway_header(GatewayHeader(RESPONSE, header.address))
        return [before + answer for answer in meter.respond(client_sap, content)]
