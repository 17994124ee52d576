"""Makes the association with a meter: AARQ and AARE, then passes 3 and 4 of HLS if needed (IEC 62056-5-3:2017)."""

from collections.abc import Callable

from agent.dlms.acse import apdus as acse
from agent.dlms.acse.diagnostics import Diagnostic, association_refused
from agent.dlms.acse.mechanism import Mechanism
from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.client.exchange import ApduRequest, Exchange, not_refused
from agent.dlms.client.settings import AssociationSettings
from agent.dlms.cosem.names import ActionResult
from agent.dlms.security.context import SecurityContext
from agent.dlms.security.hls import REPLY_TO_HLS, Handshake
from agent.dlms.security.suite import TITLE_OCTETS
from agent.dlms.xdlms import action, initiate
from agent.dlms.xdlms.exception import refusal
from agent.domain.errors import AssociationRefused, MalformedData, RemoteRefusal, SecurityBroken

_HANDSHAKE_INVOKE_ID = 1


def associate(
    settings: AssociationSettings, security: SecurityContext | None, random: Callable[[int], bytes]
) -> Exchange[initiate.Initiate]:
    """Makes the association; returns what the meter granted.

    Raises:
        AssociationRefused: the meter refused, with its diagnostic; the code says what to do about it.
        SecurityBroken: the meter did not prove that it has the keys.
        MalformedData: a malformed response.
    """
    mechanism = settings.mechanism
    challenge = random(settings.challenge_octets) if mechanism.is_hls else settings.secret
    request = acse.AssociationRequest(
        mechanism=mechanism,
        ciphered=settings.ciphered,
        value=challenge,
        title=settings.own_title if settings.send_title else None,
        user_information=_initiate_request(settings, security),
    )
    text = f"AARQ authentication={mechanism.words}" + (" ciphered" if settings.ciphered else "")
    apdu = yield ApduRequest(acse.encode_aarq(request), text, association=True)
    try:
        response = acse.decode_aare(not_refused(apdu))
    except RemoteRefusal as refused:
        raise association_refused(refused.detail) from None
    if not response.accepted:
        raise association_refused(_reason(response), transient=response.transient)
    granted = _granted(settings, security, response)
    if mechanism.is_hls:
        yield from _finish_handshake(settings, security, challenge or b"", response)
    return granted


def _initiate_request(settings: AssociationSettings, security: SecurityContext | None) -> bytes:
    dedicated = security.settings.dedicated_key if security and settings.ciphered else None
    apdu = initiate.encode_request(initiate.Initiate(settings.conformance, settings.max_pdu, dedicated))
    return security.protect_initiate(apdu) if security and settings.ciphered else apdu


def _reason(response: acse.AssociationResponse) -> str:
    """The diagnostic, or the error beside it where the diagnostic says nothing."""
    says_nothing = response.diagnostic in (Diagnostic.NULL.words, Diagnostic.NO_REASON_GIVEN.words)
    beside = response.user_information if says_nothing else b""
    return (refusal(beside) if beside else None) or response.diagnostic


def _granted(
    settings: AssociationSettings, security: SecurityContext | None, response: acse.AssociationResponse
) -> initiate.Initiate:
    information = response.user_information
    if security and (title := _title(settings, response)):
        security.peer_title = title
    if security and settings.ciphered:
        if not response.ciphered:
            raise SecurityBroken("an association without ciphering", code="security-weaker")
        information = security.unprotect_initiate(information)
    if information and (error := refusal(information)):
        raise association_refused(error)
    return initiate.decode_response(information)


def _title(settings: AssociationSettings, response: acse.AssociationResponse) -> bytes | None:
    """The meter's system title: its own word, if that is one, before what its model says."""
    given = response.title
    if settings.security is not None and given is not None and len(given) != TITLE_OCTETS:
        given = None
    return given or settings.meter_title


def _finish_handshake(
    settings: AssociationSettings,
    security: SecurityContext | None,
    challenge: bytes,
    response: acse.AssociationResponse,
) -> Exchange[None]:
    """Passes 3 and 4 of HLS."""
    if not response.value:
        raise MalformedData("HLS without a challenge")
    if settings.mechanism is Mechanism.HLS_GMAC and _title(settings, response) is None:
        raise SecurityBroken("HLS without the meter's system title", code="security-title")
    if response.value == challenge:
        raise SecurityBroken("the meter returned our own challenge", code="security-tag")
    handshake = Handshake(
        settings.mechanism,
        challenge,
        response.value,
        settings.secret,
        security,
        own_title=settings.own_title or b"",
        peer_title=_title(settings, response) or b"",
    )
    answer = Data(Tag.OCTET_STRING, handshake.answer())
    request = action.ActionRequest(_HANDSHAKE_INVOKE_ID, (REPLY_TO_HLS,), (answer,), as_list=False)
    apdu = yield ApduRequest(action.encode_request(request), "ACTION reply_to_HLS_authentication", global_key=True)
    reply = action.decode_response(not_refused(apdu))
    if not isinstance(reply, action.ActionResponse):
        raise MalformedData("not an ACTION response")
    if reply.replies[0].result is not ActionResult.SUCCESS:
        raise AssociationRefused(diagnostic=Diagnostic.AUTHENTICATION_FAILURE.words)
    returned = reply.replies[0].returned
    if not isinstance(returned, Data) or returned.tag is not Tag.OCTET_STRING:
        raise MalformedData("not an answer to a challenge")
    handshake.verify(returned.value)
