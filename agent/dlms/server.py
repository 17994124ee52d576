"""A meter's side of a session: associates clients and answers GET. No I/O, no clock."""

from dataclasses import dataclass
from typing import Protocol

from agent.dlms import acse, initiate, xdlms
from agent.dlms.acse import Diagnostic
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult
from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.hdlc.server import ServerLink
from agent.domain.errors import MalformedData

_SERVICE_NOT_ALLOWED, _SERVICE_UNKNOWN = 1, 2
_SERVICE_NOT_SUPPORTED, _OTHER_REASON = 2, 3


class Device(Protocol):
    """What a meter is, behind the protocol."""

    def authenticate(self, client_sap: int, secret: bytes | None) -> bool:
        """Whether this client may associate; `secret` is its LLS password, None without authentication."""

    def read(self, client_sap: int, attribute: AttributeDescriptor) -> xdlms.Result:
        """The attribute's value, or why there is none."""


@dataclass(frozen=True)
class ServerSettings:
    """Sizes in octets. `conformance` is what the meter offers."""

    server_sap: int = 1
    physical: int = 0
    max_info: int = 128
    max_pdu: int = 1024
    conformance: initiate.Conformance = initiate.READING


@dataclass
class _Association:
    client_sap: int
    granted: initiate.Initiate
    client_max_pdu: int


@dataclass
class _LongAnswer:
    """What is still to be sent in blocks."""

    invoke_id: int
    content: bytes
    block: int = 0


class ServerSession:
    """One client's connection to one meter; octets in, octets out."""

    def __init__(self, settings: ServerSettings, device: Device) -> None:
        self._settings = settings
        self._device = device
        self._association: _Association | None = None
        self._long: _LongAnswer | None = None
        own = LinkParameters(transmit_info=settings.max_info, receive_info=settings.max_info)
        self._link = ServerLink(settings.server_sap, settings.physical, own, self._answer, self._released)

    def receive(self, data: bytes) -> None:
        self._link.receive(data)

    def data_to_send(self) -> bytes:
        return self._link.data_to_send()

    def _released(self) -> None:
        self._association = None
        self._long = None

    def _answer(self, client_sap: int, apdu: bytes) -> bytes | None:
        try:
            return self._dispatch(client_sap, apdu)
        except MalformedData:
            return xdlms.encode_exception(xdlms.ExceptionResponse(_SERVICE_UNKNOWN, _OTHER_REASON))

    def _dispatch(self, client_sap: int, apdu: bytes) -> bytes | None:
        if not apdu:
            return None
        if apdu[0] == acse.AARQ:
            return self._associate(client_sap, acse.decode_aarq(apdu))
        if apdu[0] == acse.RLRQ:
            self._released()
            return acse.encode_rlre()
        if self._association is None:
            return xdlms.encode_exception(xdlms.ExceptionResponse(_SERVICE_NOT_ALLOWED, _OTHER_REASON))
        request = xdlms.decode_request(apdu)
        if request is None:
            return xdlms.encode_exception(xdlms.ExceptionResponse(_SERVICE_UNKNOWN, _SERVICE_NOT_SUPPORTED))
        if isinstance(request, xdlms.GetNext):
            return self._next_block(self._association, request)
        return self._get(self._association, request)

    def _associate(self, client_sap: int, request: acse.AssociationRequest) -> bytes:
        self._released()
        wish = initiate.decode_request(request.user_information)
        granted = initiate.Initiate(wish.conformance & self._settings.conformance, self._settings.max_pdu)
        diagnostic = self._judge(client_sap, request)
        if diagnostic is Diagnostic.NULL:
            self._association = _Association(client_sap, granted, wish.max_pdu or 65535)
        return acse.encode_aare(initiate.encode_response(granted), diagnostic)

    def _judge(self, client_sap: int, request: acse.AssociationRequest) -> Diagnostic:
        if not request.context_known:
            return Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED
        if request.authentication is None:
            return Diagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED
        secret = request.secret or b"" if request.authentication == "lls" else None
        if self._device.authenticate(client_sap, secret):
            return Diagnostic.NULL
        return Diagnostic.AUTHENTICATION_REQUIRED if secret is None else Diagnostic.AUTHENTICATION_FAILURE

    def _get(self, association: _Association, request: xdlms.GetRequest) -> bytes:
        self._long = None
        allowed = association.granted.conformance
        if request.as_list and initiate.Conformance.MULTIPLE_REFERENCES not in allowed:
            return xdlms.encode_exception(xdlms.ExceptionResponse(_SERVICE_NOT_ALLOWED, _SERVICE_NOT_SUPPORTED))
        results = tuple(self._device.read(association.client_sap, attribute) for attribute in request.attributes)
        response = xdlms.GetResponse(request.invoke_id, results, as_list=request.as_list)
        whole = xdlms.encode_response(response)
        if len(whole) <= association.client_max_pdu:
            return whole
        if initiate.Conformance.BLOCK_TRANSFER_WITH_GET not in allowed:
            return xdlms.encode_exception(xdlms.ExceptionResponse(_SERVICE_NOT_ALLOWED, _OTHER_REASON))
        encoded = xdlms.encode_results(results, as_list=request.as_list)
        self._long = _LongAnswer(request.invoke_id, encoded if request.as_list else encoded[1:])
        return self._block(association, self._long)

    def _next_block(self, association: _Association, request: xdlms.GetNext) -> bytes:
        long = self._long
        if long is None or request.invoke_id != long.invoke_id:
            return self._block_refused(request, DataAccessResult.NO_LONG_GET_IN_PROGRESS)
        if request.block != long.block:
            self._long = None
            return self._block_refused(request, DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
        return self._block(association, long)

    def _block(self, association: _Association, long: _LongAnswer) -> bytes:
        size = max(1, association.client_max_pdu - xdlms.BLOCK_OVERHEAD)
        piece, long.content = long.content[:size], long.content[size:]
        long.block += 1
        if not long.content:
            self._long = None
        return xdlms.encode_block(xdlms.GetBlock(long.invoke_id, not long.content, long.block, piece))

    def _block_refused(self, request: xdlms.GetNext, result: DataAccessResult) -> bytes:
        return xdlms.encode_block(xdlms.GetBlock(request.invoke_id, True, request.block, result))
