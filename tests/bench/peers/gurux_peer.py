"""Runs in gurux-dlms' own environment. It calls what lies under its client, which is faster than the client."""

from gurux_dlms import GXByteBuffer, GXDLMSSettings, GXReplyData
from gurux_dlms.enums import DataType
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo
from harness import main

INFORMATION_FRAME = 0x30


def end(is_server):
    settings = GXDLMSSettings(is_server, None)
    settings.clientAddress, settings.serverAddress, settings.serverAddressSize = 16, 1, 1
    settings.hdlc.maxInfoTX = settings.hdlc.maxInfoRX = 128 + 3  # it takes off the LLC header twice
    return settings


CLIENT, SERVER = end(False), end(True)


def rows(octets):
    found = _GXCommon.getData(CLIENT, GXByteBuffer(octets), _GXDataInfo())
    return [(_GXCommon.changeType(CLIENT, moment, DataType.DATETIME).value, *values) for moment, *values in found]


def frame(information):
    octets = GXDLMS.getHdlcFrame(SERVER, INFORMATION_FRAME, GXByteBuffer(information))
    CLIENT.resetFrameSequence()
    CLIENT.getNextSend(True)
    received = GXByteBuffer(octets)
    GXDLMS.getHdlcData(False, CLIENT, received, GXReplyData(), None)
    return octets, received.subArray(received.position - 3, received.size - received.position)


main({"rows": rows, "frame": frame})
