"""A meter's side of a session."""

from agent.dlms import Data, ServerSettings
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.hdlc.parameters import decode_parameters
from tests.dlms.conversation import new_conversation, new_server, register

CLIENT, METER = Address(16), Address(1)


def test_ua_names_smaller_sizes_even_if_snrm_named_none() -> None:
    server = new_server(ServerSettings(max_info=64))
    server.receive(encode_frame(Frame(FrameKind.SNRM, METER, CLIENT)), 0.0)
    (ua,) = Deframer().feed(server.data_to_send())
    assert ua.kind is FrameKind.UA
    assert decode_parameters(ua.information).receive_info == 64
    values = new_conversation(server=ServerSettings(max_info=64)).reading(register(30)).values
    assert isinstance(values[0], Data) and len(values[0].value) == 2048
