"""The server's side of a session: one client's connection. Octets in, octets out; no I/O, no clock."""

from collections.abc import Callable

from agent.dlms.acse import apdus as acse
from agent.dlms.security.settings import InvocationCounter, protection_overhead
from agent.dlms.server.logical_device import LogicalDevice
from agent.dlms.server.responder import Association, AssociationResponder, finish_handshake, refuse_handshake
from agent.dlms.server.services import MALFORMED, NOT_SUPPORTED, Services
from agent.dlms.server.settings import ServerSettings
from agent.dlms.server.transport import new_server_link
from agent.dlms.xdlms.exception import (
    DECIPHERING_ERROR,
    EXCEPTION_RESPONSE,
    INVOCATION_COUNTER_ERROR,
    SERVICE_NOT_ALLOWED,
    ExceptionResponse,
    encode_exception,
)
from agent.dlms.xdlms.general_block_transfer import (
    GENERAL_BLOCK_TRANSFER,
    BlockReceiver,
    BlockSender,
    GeneralBlock,
    decode_general_block,
    encode_general_block,
    single_block,
)
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import AssociationRefused, MalformedData, RemoteProtocolError, SecurityBroken


class ServerSession:
    """One client at a time, with one logical device. `counter` is the meter's own; `random` gives octets."""

    def __init__(
        self,
        settings: ServerSettings,
        device: LogicalDevice,
        counter: InvocationCounter,
        random: Callable[[int], bytes],
    ) -> None:
        self._settings = settings
        self._device = device
        self._responder = AssociationResponder(settings, counter, random)
        self._association: Association | None = None
        self._services: Services | None = None
        self._sender: BlockSender | None = None
        self._receiver: BlockReceiver | None = None
        self._link = new_server_link(settings, self.respond, self.release)

    @property
    def is_connected(self) -> bool:
        """Whether a client is connected now."""
        return self._link.is_connected

    def receive(self, data: bytes, now: float) -> None:
        """Takes octets that arrived; `now` is monotonic seconds."""
        self._link.receive(data, now)

    def let_time_pass(self, now: float) -> None:
        """Ends a connection that was silent for too long."""
        self._link.let_time_pass(now)

    def data_to_send(self) -> bytes:
        """Octets to send; empty if there are none."""
        return self._link.data_to_send()

    def release(self) -> None:
        """Ends the association, if there is one."""
        self._association = self._services = None
        self._sender = self._receiver = None

    def respond(self, client_sap: int, apdu: bytes) -> list[bytes]:
        """The APDUs that answer one of a client, without a link."""
        if not apdu:
            return []
        try:
            if apdu[0] == GENERAL_BLOCK_TRANSFER:
                return self._general_block(client_sap, decode_general_block(apdu))
            self._sender = self._receiver = None
            return self._in_blocks(self._dispatch(client_sap, apdu), own_block=1, received=1, peer_window=1)
        except (MalformedData, RemoteProtocolError):
            return [MALFORMED]

    def _dispatch(self, client_sap: int, apdu: bytes) -> bytes:
        try:
            if apdu[0] == acse.AARQ:
                return self._associate(client_sap, acse.decode_aarq(apdu))
            if apdu[0] == acse.RLRQ:
                self.release()
                return acse.encode_rlre()
            if self._association is None:
                return NOT_SUPPORTED
            return self._serve(self._association, apdu)
        except SecurityBroken as error:
            return self._security_refused(client_sap, error)

    # ── associations ──

    def _associate(self, client_sap: int, request: acse.AssociationRequest) -> bytes:
        self.release()
        response, association = self._responder.respond(client_sap, request, self._device.access(client_sap))
        self._association = association
        if association is not None:
            self._services = self._services_of(association)
        return response

    def _services_of(self, association: Association) -> Services:
        overhead = protection_overhead(association.security.settings if association.security else None)
        longest = self._settings.longest_response(association.client_max_pdu)
        room = max(1, longest - overhead) if longest else None
        in_general_blocks = Conformance.GENERAL_BLOCK_TRANSFER in association.granted.conformance
        block = min(size for size in (room, self._settings.block_size, 65535) if size)
        return Services(
            self._device,
            association.client_sap,
            association.granted.conformance,
            None if in_general_blocks else min(filter(None, (room, self._settings.whole_size)), default=None),
            block,
            self._settings,
        )

    def _security_refused(self, client_sap: int, error: SecurityBroken) -> bytes:
        """The exception for a request that is not protected as agreed; after an old counter, it names the next one."""
        if error.code != "security-counter":
            return encode_exception(ExceptionResponse(SERVICE_NOT_ALLOWED, DECIPHERING_ERROR))
        access = self._device.access(client_sap)
        last = max(access.seen.values(), default=0) if access else 0
        return encode_exception(ExceptionResponse(SERVICE_NOT_ALLOWED, INVOCATION_COUNTER_ERROR, last + 1))

    # ── services ──

    def _serve(self, association: Association, apdu: bytes) -> bytes:
        security = association.security
        if security is None or not association.ciphered:
            return self._serve_plain(association, apdu)
        plain, wrapping = security.unprotect(apdu)
        response = self._serve_plain(association, plain)
        if response[0] == EXCEPTION_RESPONSE:
            return response
        return security.protect(response, wrapping)

    def _serve_plain(self, association: Association, apdu: bytes) -> bytes:
        if association.handshake is not None:
            return self._handshake(association, apdu)
        assert self._services is not None
        try:
            return self._services.serve(apdu)
        except MalformedData:
            return MALFORMED

    def _handshake(self, association: Association, apdu: bytes) -> bytes:
        try:
            return finish_handshake(association, apdu)
        except AssociationRefused:
            self.release()
            return refuse_handshake(apdu[2] & 0x0F if len(apdu) > 2 else 0)

    # ── general blocks ──

    def _in_blocks(self, response: bytes, own_block: int, received: int, peer_window: int) -> list[bytes]:
        """The response as it is, or its first general blocks if it is too long for the client."""
        association = self._association
        limit = association.client_max_pdu if association else 0
        size = min(number for number in (limit, self._settings.block_size or limit) if number) if limit else 0
        allowed = association and Conformance.GENERAL_BLOCK_TRANSFER in association.granted.conformance
        if not allowed or not size or len(response) <= size or response[0] in (acse.AARE, acse.RLRE):
            return [response]
        window = self._settings.general_block_window
        self._sender = BlockSender(response, size, window, own_block, received)
        return _encoded(self._sender.burst(self._stream(peer_window, size)))

    def _stream(self, peer_window: int, block_octets: int) -> int:
        """Blocks in a row: at most what one window of frames carries, because some clients do not poll in between."""
        return max(1, min(peer_window, self._link.apdus_in_a_row(block_octets)))

    def _general_block(self, client_sap: int, block: GeneralBlock) -> list[bytes]:
        window = self._settings.general_block_window
        if self._sender is not None:
            stream = self._stream(block.window, self._sender.block_octets)
            return _encoded(self._sender.burst(stream, block.acknowledged))
        if self._receiver is None:
            self._receiver = BlockReceiver(block.number)
        whole = self._receiver.take(block)
        if whole is None:
            if block.streaming:
                return []
            return _encoded([single_block(b"", block.number, block.number, window)])
        self._receiver = None
        if not whole:
            raise MalformedData("general blocks without content")
        response = self._dispatch(client_sap, whole)
        blocks = self._in_blocks(response, block.number + 1, block.number, block.window)
        if self._sender is not None:
            return blocks
        return _encoded([single_block(response, block.number + 1, block.number, window)])


def _encoded(blocks: list[GeneralBlock]) -> list[bytes]:
    return list(map(encode_general_block, blocks))
