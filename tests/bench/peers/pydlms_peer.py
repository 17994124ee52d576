"""Runs in pydlms-client's own environment."""

from harness import main
from pydlms.cosem.data import decode_data
from pydlms.cosem.time import CosemDateTime
from pydlms.hdlc.address import HdlcAddress
from pydlms.hdlc.framing import HdlcFrame, control_i, decode_frame, encode_frame

CLIENT, SERVER = HdlcAddress(16), HdlcAddress(1)


def rows(octets):
    found = decode_data(octets)[0].to_python()
    return [(CosemDateTime.from_bytes(moment).to_datetime(), *values) for moment, *values in found]


def frame(information):
    octets = encode_frame(HdlcFrame(CLIENT, SERVER, control_i(0, 1), information))
    return octets, decode_frame(octets).info


main({"rows": rows, "frame": frame})
