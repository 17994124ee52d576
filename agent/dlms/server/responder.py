"""The server's side of an association: the response to an AARQ, and passes 3 and 4 of HLS (IEC 62056-5-3:2017)."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.dlms.acse import apdus as acse
from agent.dlms.acse.diagnostics import Diagnostic
from agent.dlms.acse.mechanism import Mechanism
from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.cosem.names import ActionResult
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.digest import is_same
from agent.dlms.security.hls import CHALLENGE_OCTETS, REPLY_TO_HLS, Handshake
from agent.dlms.security.settings import InvocationCounter
from agent.dlms.security.suite import TITLE_OCTETS
from agent.dlms.server.logical_device import ClientAccess
from agent.dlms.server.settings import ServerSettings
from agent.dlms.xdlms import action, initiate
from agent.domain.errors import AssociationRefused, MalformedData, SecurityBroken


@dataclass
class Association:
    """One client's association. While there is a `handshake`, HLS is not finished and nothing is served."""

    client_sap: int
    granted: initiate.Initiate
    client_max_pdu: int
    security: SecurityContext | None
    handshake: Handshake | None

    @property
    def ciphered(self) -> bool:
        """Whether APDUs are protected."""
        return self.security is not None and self.security.settings.ciphered


@dataclass(frozen=True)
class AssociationResponder:
    """Accepts or refuses associations. `random` gives octets for challenges."""

    settings: ServerSettings
    counter: InvocationCounter
    random: Callable[[int], bytes]

    def respond(
        self, client_sap: int, request: acse.AssociationRequest, access: ClientAccess | None
    ) -> tuple[bytes, Association | None]:
        """The AARE, and the association if it was accepted.

        Raises:
            SecurityBroken: the request is not protected with this client's keys.
            MalformedData: the request is malformed.
        """
        if not request.version_known:
            return acse.encode_aare_of_other_version(), None
        diagnostic = _diagnose(request, access)
        if access is None or diagnostic is not Diagnostic.NULL:
            return self._refuse(request, diagnostic), None
        context = self._context(access, request)
        information = request.user_information
        if context is not None and access.ciphered:
            information = context.unprotect_initiate(information)
        proposed = initiate.decode_request(information)
        granted = initiate.Initiate(proposed.conformance & self.settings.conformance, self.settings.max_pdu)
        error = _objection(proposed, granted, ciphered=access.ciphered)
        if error is not None:
            information = initiate.encode_error(error)
            return acse.encode_aare(information, Diagnostic.NO_REASON_GIVEN, ciphered=access.ciphered), None
        if context is not None and proposed.dedicated_key is not None:
            context.use_dedicated_key(proposed.dedicated_key)
        response, handshake = self._accept(request, access, granted, context)
        return response, Association(client_sap, granted, proposed.max_pdu, context, handshake)

    def _refuse(self, request: acse.AssociationRequest, diagnostic: Diagnostic) -> bytes:
        offered = initiate.Initiate(self.settings.conformance, self.settings.max_pdu)
        return acse.encode_aare(initiate.encode_response(offered), diagnostic, ciphered=bool(request.ciphered))

    def _context(self, access: ClientAccess, request: acse.AssociationRequest) -> SecurityContext | None:
        if access.security is None or request.title is None:
            return None
        return SecurityContext(access.security, self.counter, self.random, request.title, access.seen)

    def _accept(
        self,
        request: acse.AssociationRequest,
        access: ClientAccess,
        granted: initiate.Initiate,
        context: SecurityContext | None,
    ) -> tuple[bytes, Handshake | None]:
        """The AARE, and what HLS still needs."""
        title = context.settings.system_title if context else self.settings.system_title
        information = initiate.encode_response(granted)
        if context is not None and access.ciphered:
            information = context.protect_initiate(information)
        if not access.mechanism.is_hls:
            response = acse.encode_aare(
                information, Diagnostic.NULL, ciphered=access.ciphered, title=title if context else None
            )
            return response, None
        challenge = self.random(CHALLENGE_OCTETS)
        handshake = Handshake(
            access.mechanism,
            challenge,
            request.value or b"",
            access.secret,
            context,
            own_title=title,
            peer_title=request.title or b"",
        )
        response = acse.encode_aare(
            information,
            Diagnostic.AUTHENTICATION_REQUIRED,
            ciphered=access.ciphered,
            mechanism=access.mechanism,
            challenge=challenge,
            title=title,
        )
        return response, handshake


def _diagnose(request: acse.AssociationRequest, access: ClientAccess | None) -> Diagnostic:
    """Why the request is refused; NULL if it is not."""
    if request.mechanism is None:
        return Diagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED
    if access is None:
        return Diagnostic.NO_REASON_GIVEN
    if request.nameless:
        return Diagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED
    if request.ciphered is None or request.ciphered != access.ciphered:
        return Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED
    if request.mechanism != access.mechanism:
        too_weak = request.mechanism < access.mechanism
        return Diagnostic.AUTHENTICATION_REQUIRED if too_weak else Diagnostic.AUTHENTICATION_FAILURE
    if request.mechanism is Mechanism.LLS and not is_same(request.value or b"", access.secret or b""):
        return Diagnostic.AUTHENTICATION_FAILURE
    if access.security is not None and len(request.title or b"") != TITLE_OCTETS:
        return Diagnostic.CALLING_AP_TITLE_NOT_RECOGNISED
    return Diagnostic.NULL


def _objection(
    proposed: initiate.Initiate, granted: initiate.Initiate, *, ciphered: bool
) -> initiate.InitiateError | None:
    """Why xDLMS-Initiate is refused; None if it is not."""
    if proposed.version < initiate.DLMS_VERSION:
        return initiate.InitiateError.DLMS_VERSION_TOO_LOW
    if not granted.conformance:
        return initiate.InitiateError.INCOMPATIBLE_CONFORMANCE
    if 0 < proposed.max_pdu < initiate.SMALLEST_PDU:
        return initiate.InitiateError.PDU_SIZE_TOO_SHORT
    if proposed.dedicated_key is not None and not ciphered:
        return initiate.InitiateError.OTHER
    return None


def finish_handshake(association: Association, apdu: bytes) -> bytes:
    """Pass 4, the response to pass 3, which is the only request accepted while the handshake is unfinished.

    Raises:
        AssociationRefused: another request, or a wrong answer to the challenge.
    """
    assert association.handshake is not None
    request = action.decode_request(apdu) if apdu[:1] == bytes((action.REQUEST,)) else None
    if not isinstance(request, action.ActionRequest) or request.methods != (REPLY_TO_HLS,):
        raise AssociationRefused(diagnostic=Diagnostic.AUTHENTICATION_REQUIRED.words)
    given = request.parameters[0]
    try:
        if given is None or given.tag is not Tag.OCTET_STRING:
            raise MalformedData("not an answer to a challenge")
        association.handshake.verify(given.value)
    except (SecurityBroken, MalformedData):
        raise AssociationRefused(diagnostic=Diagnostic.AUTHENTICATION_FAILURE.words) from None
    answer = Data(Tag.OCTET_STRING, association.handshake.answer())
    association.handshake = None
    reply = action.ActionReply(ActionResult.SUCCESS, answer)
    return action.encode_response(action.ActionResponse(request.invoke_id, (reply,), as_list=False))


def refuse_handshake(invoke_id: int) -> bytes:
    """The ACTION response that ends a failed handshake."""
    reply = action.ActionReply(ActionResult.OTHER_REASON)
    return action.encode_response(action.ActionResponse(invoke_id, (reply,), as_list=False))
