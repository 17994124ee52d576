"""Our side."""

from harness import main

from agent.dlms.cosem.names import AttributeDescriptor, Obis
from agent.dlms.hdlc.address import Address
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.dlms.profile_buffer.expansion import Expansion
from agent.dlms.profile_buffer.rows import RowStream

REGISTER = AttributeDescriptor(3, Obis.parse("1.0.1.8.0.255"), 2)
COLUMNS = [AttributeDescriptor(8, Obis.parse("0.0.1.0.0.255"), 2), REGISTER, REGISTER, REGISTER]
CLIENT, SERVER, DEFRAMER = Address(16), Address(1), Deframer()


def rows(octets):
    stream = RowStream(len(COLUMNS))
    decoded = Expansion(COLUMNS, 900).rows(stream.feed(octets))
    stream.finish()
    return decoded


def frame(information):
    octets = encode_frame(Frame(FrameKind.I, CLIENT, SERVER, 0, 1, True, information))
    (received,) = DEFRAMER.feed(octets)
    return octets, received.information


main({"rows": rows, "frame": frame})
