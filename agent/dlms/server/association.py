"""A meter's side of an association: who is let in, with what security, and the challenge of HLS."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.dlms.acse import association as acse
from agent.dlms.acse.association import Diagnostic
from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.cosem.names import ActionResult, MethodDescriptor, Obis
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.digest import same
from agent.dlms.security.hls import Handshake
from agent.dlms.security.keys import InvocationCounter
from agent.dlms.security.suite import Protection
from agent.dlms.server.device import ClientAccess, ServerSettings
from agent.dlms.xdlms import action, initiate
from agent.domain.errors import AssociationRefused, MalformedData, SecurityBroken

CHALLENGE_OCTETS = 16
REPLY_TO_HLS = MethodDescriptor(15, Obis(0, 0, 40, 0, 0), 1)


@dataclass
class Association:
    """One client that is in, or, while `handshake` is there, still has to prove itself."""

    client_sap: int
    granted: initiate.Initiate
    client_max_pdu: int
    security: SecurityContext | None
    handshake: Handshake | None = None

    @property
    def ciphered(self) -> bool:
        return self.security is not None and self.security.settings.protection != Protection.NONE


@dataclass(frozen=True)
class AssociationServer:
    """Judges AARQs. `random` gives octets for challenges."""

    settings: ServerSettings
    counter: InvocationCounter
    random: Callable[[int], bytes]

    def admit(
        self, client_sap: int, request: acse.AssociationRequest, access: ClientAccess | None
    ) -> tuple[bytes, Association | None]:
        """The AARE, and the association if there is one now.

        Raises:
            SecurityBroken: a ciphered request that is not what its keys say.
            MalformedData: a broken one.
        """
        diagnostic = self._judge(request, access)
        if access is None or diagnostic is not Diagnostic.NULL:
            return self._refuse(request, diagnostic), None
        context = self._context(access, request)
        ciphered = bool(request.ciphered)
        information = request.user_information
        if context is not None and ciphered:
            information = context.unprotect_initiate(information)
        wish = initiate.decode_request(information)
        granted = initiate.Initiate(wish.conformance & self.settings.conformance, self.settings.max_pdu)
        if context is not None and wish.dedicated_key is not None:
            context.settings = replace(context.settings, dedicated_key=wish.dedicated_key)
        association = Association(client_sap, granted, wish.max_pdu or 0, context)
        return self._accept(request, access, association), association

    def _judge(self, request: acse.AssociationRequest, access: ClientAccess | None) -> Diagnostic:
        if request.mechanism is None:
            return Diagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED
        if access is None:
            return Diagnostic.NO_REASON_GIVEN
        ciphered = access.security is not None and access.security.protection != Protection.NONE
        if request.ciphered is None or request.ciphered != ciphered:
            return Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED
        if request.mechanism != access.mechanism:
            stronger = request.mechanism < access.mechanism
            return Diagnostic.AUTHENTICATION_REQUIRED if stronger else Diagnostic.AUTHENTICATION_FAILURE
        if request.mechanism is acse.Mechanism.LLS and not same(request.value or b"", access.secret or b""):
            return Diagnostic.AUTHENTICATION_FAILURE
        return Diagnostic.NULL

    def _refuse(self, request: acse.AssociationRequest, diagnostic: Diagnostic) -> bytes:
        offered = initiate.Initiate(self.settings.conformance, self.settings.max_pdu)
        return acse.encode_aare(initiate.encode_response(offered), diagnostic, ciphered=bool(request.ciphered))

    def _context(self, access: ClientAccess, request: acse.AssociationRequest) -> SecurityContext | None:
        if access.security is None:
            return None
        if request.title is None or len(request.title) != 8:
            raise SecurityBroken("no system title", code="security-weaker")
        return SecurityContext(access.security, self.counter, self.random, request.title, access.seen)

    def _accept(self, request: acse.AssociationRequest, access: ClientAccess, association: Association) -> bytes:
        context = association.security
        title = context.settings.system_title if context else self.settings.system_title
        answer = initiate.encode_response(association.granted)
        if context is not None and association.ciphered:
            answer = context.protect_initiate(answer)
        if not access.mechanism.is_hls:
            return acse.encode_aare(
                answer, Diagnostic.NULL, ciphered=association.ciphered, title=title if context else None
            )
        challenge = self.random(CHALLENGE_OCTETS)
        association.handshake = Handshake(
            access.mechanism,
            challenge,
            request.value or b"",
            access.secret,
            context,
            own_title=title,
            peer_title=request.title or b"",
        )
        return acse.encode_aare(
            answer,
            Diagnostic.AUTHENTICATION_REQUIRED,
            ciphered=association.ciphered,
            mechanism=access.mechanism,
            challenge=challenge,
            title=title,
        )


def shake_hands(association: Association, apdu: bytes) -> bytes:
    """The answer to pass 3, which is the only request while the handshake is open.

    Raises:
        AssociationRefused: it is another request, or a wrong answer to our challenge.
    """
    assert association.handshake is not None
    request = action.decode_request(apdu) if apdu[:1] == bytes((action.REQUEST,)) else None
    if not isinstance(request, action.ActionRequest) or request.methods != (REPLY_TO_HLS,):
        raise AssociationRefused(diagnostic=Diagnostic.AUTHENTICATION_REQUIRED.words)
    given = request.parameters[0]
    try:
        if given is None or given.tag is not Tag.OCTET_STRING:
            raise MalformedData("not an answer to a challenge")
        association.handshake.judge(given.value)
    except (SecurityBroken, MalformedData):
        raise AssociationRefused(diagnostic=Diagnostic.AUTHENTICATION_FAILURE.words) from None
    answer = Data(Tag.OCTET_STRING, association.handshake.answer())
    association.handshake = None
    reply = action.ActionReply(ActionResult.SUCCESS, answer)
    return action.encode_response(action.ActionResponse(request.invoke_id, (reply,), as_list=False))


def refused_handshake(invoke_id: int) -> bytes:
    reply = action.ActionReply(ActionResult.OTHER_REASON)
    return action.encode_response(action.ActionResponse(invoke_id, (reply,), as_list=False))
