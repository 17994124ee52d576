"""Association with a meter: AARQ and AARE, and the four passes of HLS where they are asked for."""

from collections.abc import Callable

from agent.dlms.acse import association as acse
from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.client.exchange import Ask, Exchange, believed
from agent.dlms.client.settings import CHALLENGE_OCTETS, AssociationSettings
from agent.dlms.cosem.names import ActionResult, MethodDescriptor, Obis
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.hls import Handshake
from agent.dlms.xdlms import action, initiate
from agent.domain.errors import AssociationRefused, MalformedData, RemoteRefusal, SecurityBroken

REPLY_TO_HLS = MethodDescriptor(15, Obis(0, 0, 40, 0, 0), 1)
_HANDSHAKE_INVOKE_ID = 1


def associate(
    settings: AssociationSettings, security: SecurityContext | None, random: Callable[[int], bytes]
) -> Exchange[initiate.Initiate]:
    """Makes the association.

    Raises:
        AssociationRefused: the meter does not let us in; its diagnostic in words.
        SecurityBroken: it is not the meter that has our keys.
    """
    mechanism = settings.mechanism
    challenge = random(CHALLENGE_OCTETS) if mechanism.is_hls else settings.secret
    request = acse.AssociationRequest(
        mechanism=mechanism,
        ciphered=settings.ciphered,
        value=challenge,
        title=settings.own_title,
        user_information=_initiate_request(settings, security),
    )
    words = f"AARQ authentication={mechanism.words}" + (" ciphered" if settings.ciphered else "")
    apdu = yield Ask(acse.encode_aarq(request), words, association=True)
    try:
        response = acse.decode_aare(believed(apdu))
    except RemoteRefusal as refused:
        raise AssociationRefused(diagnostic=refused.detail) from None
    if not response.accepted:
        raise AssociationRefused(diagnostic=response.diagnostic)
    granted = _granted(settings, security, response)
    if mechanism.is_hls:
        yield from _shake_hands(settings, security, challenge or b"", response)
    return granted


def _initiate_request(settings: AssociationSettings, security: SecurityContext | None) -> bytes:
    dedicated = security.settings.dedicated_key if security and settings.ciphered else None
    wish = initiate.encode_request(initiate.Initiate(settings.conformance, settings.max_pdu, dedicated))
    return security.protect_initiate(wish) if security and settings.ciphered else wish


def _granted(
    settings: AssociationSettings, security: SecurityContext | None, response: acse.AssociationResponse
) -> initiate.Initiate:
    information = response.user_information
    if security and response.title:
        security.peer_title = response.title
    if security and settings.ciphered:
        if not response.ciphered:
            raise SecurityBroken("an association without ciphering", code="security-weaker")
        information = security.unprotect_initiate(information)
    return initiate.decode_response(information)


def _shake_hands(
    settings: AssociationSettings,
    security: SecurityContext | None,
    challenge: bytes,
    response: acse.AssociationResponse,
) -> Exchange[None]:
    """Passes 3 and 4."""
    if not response.value:
        raise MalformedData("HLS without a challenge")
    if response.value == challenge:
        raise SecurityBroken("our own challenge came back", code="security-tag")
    handshake = Handshake(
        settings.mechanism,
        challenge,
        response.value,
        settings.secret,
        security,
        own_title=settings.own_title or b"",
        peer_title=response.title or b"",
    )
    answer = Data(Tag.OCTET_STRING, handshake.answer())
    request = action.ActionRequest(_HANDSHAKE_INVOKE_ID, (REPLY_TO_HLS,), (answer,), as_list=False)
    apdu = yield Ask(action.encode_request(request), "ACTION reply_to_HLS_authentication", global_key=True)
    reply = action.decode_response(believed(apdu))
    if not isinstance(reply, action.ActionResponse):
        raise MalformedData("not an answer to a challenge")
    if reply.replies[0].result is not ActionResult.SUCCESS:
        raise AssociationRefused(diagnostic=acse.Diagnostic.AUTHENTICATION_FAILURE.words)
    returned = reply.replies[0].returned
    if not isinstance(returned, Data) or returned.tag is not Tag.OCTET_STRING:
        raise MalformedData("not an answer to a challenge")
    handshake.judge(returned.value)
