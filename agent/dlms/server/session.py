"""A meter's side of a session: one client's connection. Octets in, octets out; no I/O, no clock."""

from collections.abc import Callable

from agent.dlms.acse import association as acse
from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.hdlc.server import LLC_OCTETS, ServerLink
from agent.dlms.hdlc.states import HdlcState
from agent.dlms.security.keys import InvocationCounter, protection_overhead
from agent.dlms.server.association import Association, AssociationServer, refused_handshake, shake_hands
from agent.dlms.server.device import LogicalDevice, ServerSettings
from agent.dlms.server.services import BROKEN, NOT_ALLOWED, Services
from agent.dlms.xdlms.block_transfer import (
    GENERAL_BLOCK_TRANSFER,
    GeneralBlock,
    decode_general_block,
    encode_general_block,
)
from agent.dlms.xdlms.exception import (
    DECIPHERING_ERROR,
    EXCEPTION_RESPONSE,
    INVOCATION_COUNTER_ERROR,
    SERVICE_NOT_ALLOWED,
    ExceptionResponse,
    encode_exception,
)
from agent.dlms.xdlms.general_blocks import BlockReceiver, BlockSender
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import AssociationRefused, MalformedData, RemoteProtocolError, SecurityBroken


class ServerSession:
    """One client at a time, at one meter. `counter` is the meter's own; `random` gives octets."""

    def __init__(
        self,
        settings: ServerSettings,
        device: LogicalDevice,
        counter: InvocationCounter,
        random: Callable[[int], bytes],
    ) -> None:
        self._settings = settings
        self._device = device
        self._door = AssociationServer(settings, counter, random)
        self._released()
        size, window = settings.max_info, settings.window
        own = LinkParameters(size, size, window, window)
        self._link = ServerLink(
            settings.server_sap, settings.physical, own, settings.inter_octet_timeout, self._answer, self._released
        )

    @property
    def is_connected(self) -> bool:
        """Whether a client has an HDLC connection now."""
        return self._link.state is HdlcState.CONNECTED

    def receive(self, data: bytes, now: float) -> None:
        """Octets that came; `now` is monotonic seconds."""
        self._link.receive(data, now)

    def data_to_send(self) -> bytes:
        return self._link.data_to_send()

    def _released(self) -> None:
        self._association: Association | None = None
        self._services: Services | None = None
        self._sender: BlockSender | None = None
        self._receiver: BlockReceiver | None = None

    def _answer(self, client_sap: int, apdu: bytes) -> list[bytes]:
        if not apdu:
            return []
        try:
            if apdu[0] == GENERAL_BLOCK_TRANSFER:
                return self._general_block(client_sap, decode_general_block(apdu))
            self._sender = self._receiver = None
            return self._in_blocks(self._dispatch(client_sap, apdu), own_block=1, received=1, peer_window=1)
        except (MalformedData, RemoteProtocolError):
            return [BROKEN]

    def _dispatch(self, client_sap: int, apdu: bytes) -> bytes:
        try:
            if apdu[0] == acse.AARQ:
                return self._associate(client_sap, acse.decode_aarq(apdu))
            if apdu[0] == acse.RLRQ:
                self._released()
                return acse.encode_rlre()
            if self._association is None:
                return NOT_ALLOWED
            return self._serve(self._association, apdu)
        except SecurityBroken as error:
            return self._security_refused(client_sap, error)

    # ── associations ──

    def _associate(self, client_sap: int, request: acse.AssociationRequest) -> bytes:
        self._released()
        response, association = self._door.admit(client_sap, request, self._device.access(client_sap))
        self._association = association
        if association is not None:
            self._services = self._services_of(association)
        return response

    def _services_of(self, association: Association) -> Services:
        overhead = protection_overhead(association.security.settings if association.security else None)
        room = max(1, association.client_max_pdu - overhead) if association.client_max_pdu else None
        in_general_blocks = Conformance.GENERAL_BLOCK_TRANSFER in association.granted.conformance
        block = min(size for size in (room, self._settings.block_size, 65535) if size)
        return Services(
            self._device,
            association.client_sap,
            association.granted.conformance,
            None if in_general_blocks else room,
            block,
        )

    def _security_refused(self, client_sap: int, error: SecurityBroken) -> bytes:
        """What was not protected as agreed is not carried out; an old counter is told the right one."""
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
        plain, envelope = security.unprotect(apdu)
        answer = self._serve_plain(association, plain)
        if answer[0] == EXCEPTION_RESPONSE:
            return answer
        return security.protect(answer, envelope)

    def _serve_plain(self, association: Association, apdu: bytes) -> bytes:
        if association.handshake is not None:
            return self._handshake(association, apdu)
        assert self._services is not None
        try:
            return self._services.serve(apdu)
        except MalformedData:
            return BROKEN

    def _handshake(self, association: Association, apdu: bytes) -> bytes:
        try:
            return shake_hands(association, apdu)
        except AssociationRefused:
            self._released()
            return refused_handshake(apdu[2] & 0x0F if len(apdu) > 2 else 0)

    # ── general blocks ──

    def _in_blocks(self, answer: bytes, own_block: int, received: int, peer_window: int) -> list[bytes]:
        """The answer as it is, or its first general blocks where it is too long for the client."""
        association = self._association
        limit = association.client_max_pdu if association else 0
        size = min(number for number in (limit, self._settings.block_size or limit) if number) if limit else 0
        allowed = association and Conformance.GENERAL_BLOCK_TRANSFER in association.granted.conformance
        if not allowed or not size or len(answer) <= size or answer[0] in (acse.AARE, acse.RLRE):
            return [answer]
        window = self._settings.general_block_window
        self._sender = BlockSender(answer, size, window, own_block, received)
        return self._encoded(self._sender.burst(self._stream(peer_window, size)))

    def _stream(self, peer_window: int, block_octets: int) -> int:
        """Blocks in a row: no more than one window of frames carries, as some clients do not poll in between."""
        parameters = self._link.parameters
        frames = -(-(block_octets + LLC_OCTETS) // parameters.transmit_info)
        return max(1, min(peer_window, parameters.transmit_window // frames))

    def _general_block(self, client_sap: int, block: GeneralBlock) -> list[bytes]:
        if self._sender is not None:
            stream = self._stream(block.window, self._sender.block_octets)
            return self._encoded(self._sender.burst(stream, block.acknowledged))
        if self._receiver is None:
            self._receiver = BlockReceiver(block.number)
        whole = self._receiver.take(block)
        if whole is None:
            taken = GeneralBlock(
                last=True,
                streaming=False,
                window=self._settings.general_block_window,
                number=block.number,
                acknowledged=block.number,
                content=b"",
            )
            return [] if block.streaming else self._encoded([taken])
        self._receiver = None
        if not whole:
            raise MalformedData("blocks without content")
        answer = self._dispatch(client_sap, whole)
        sent = self._in_blocks(answer, block.number + 1, block.number, block.window)
        return sent if self._sender is not None else self._encoded([self._only_block(answer, block)])

    def _only_block(self, answer: bytes, block: GeneralBlock) -> GeneralBlock:
        return GeneralBlock(
            last=True,
            streaming=False,
            window=self._settings.general_block_window,
            number=block.number + 1,
            acknowledged=block.number,
            content=answer,
        )

    def _encoded(self, blocks: list[GeneralBlock]) -> list[bytes]:
        return list(map(encode_general_block, blocks))
