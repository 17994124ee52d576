"""Runs in dlms-cosem's own environment. Its profile parser does the same and more slowly, so it is left out."""

from dlms_cosem.hdlc.address import HdlcAddress
from dlms_cosem.hdlc.frames import InformationFrame
from dlms_cosem.time import datetime_from_bytes
from dlms_cosem.utils import parse_as_dlms_data
from harness import main

CLIENT, SERVER = HdlcAddress(16), HdlcAddress(1, None, "server")


def rows(octets):
    return [(datetime_from_bytes(moment)[0], *values) for moment, *values in parse_as_dlms_data(octets)]


def frame(information):
    octets = InformationFrame(CLIENT, SERVER, information, send_sequence_number=0, receive_sequence_number=1).to_bytes()
    return octets, InformationFrame.from_bytes(octets).payload


main({"rows": rows, "frame": frame})
