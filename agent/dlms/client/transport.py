"""The one place where a session's way of carrying APDUs is chosen."""

from collections.abc import Callable

from agent.dlms.client.gateway import GatewayLink
from agent.dlms.client.link import ApduLink
from agent.dlms.client.settings import AssociationSettings
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.client import ClientLink
from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.wrapper.client import WrapperClient

Trace = Callable[[str, str], None]


def new_link(settings: AssociationSettings, trace: Trace) -> ApduLink:
    """HDLC or the TCP wrapper, and through a gateway where the settings name one.

    Raises:
        LocalProtocolError: an address that does not fit.
    """
    transport = settings.transport
    link = _wrapper(settings, trace) if transport.wrapper else _hdlc(settings, trace)
    return link if transport.gateway is None else GatewayLink(link, transport.gateway, trace)


def _wrapper(settings: AssociationSettings, trace: Trace) -> ApduLink:
    return WrapperClient(settings.client_sap, settings.server_sap, trace)


def _hdlc(settings: AssociationSettings, trace: Trace) -> ApduLink:
    size, window = settings.max_info, settings.window
    return ClientLink(
        Address(settings.client_sap),
        Address(settings.server_sap, settings.physical, settings.address_size),
        LinkParameters(size, size, window, window),
        settings.times,
        trace,
    )
