"""Runs in gurux-dlms' own environment: reads attributes over HDLC on a socket, prints them as JSON.

Arguments: host, port, client SAP, password or `-`, then class/logical-name/attribute …
"""

import json
import socket
import sys

from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType
from gurux_dlms.objects import GXDLMSObject


class Meter:
    def __init__(self, host: str, port: int, sap: int, password: str) -> None:
        authentication = Authentication.NONE if password == "-" else Authentication.LOW
        self.client = GXDLMSClient(
            True, sap, 1, authentication, None if password == "-" else password, InterfaceType.HDLC
        )
        self.socket = socket.create_connection((host, port), 10)

    def open(self) -> None:
        self.client.parseUAResponse(self.exchange(self.client.snrmRequest()).data)
        reply = GXReplyData()
        for packet in self.client.aarqRequest():
            reply = self.exchange(packet)
        self.client.parseAareResponse(reply.data)

    def read(self, class_id: int, name: str, attribute: int) -> object:
        reply = GXReplyData()
        for packet in self.client.read(GXDLMSObject(class_id, name, 0), attribute):
            reply = self.exchange(packet, reply)
        return reply.value

    def close(self) -> None:
        self.exchange(self.client.disconnectRequest())

    def exchange(self, packet: bytes, reply: GXReplyData | None = None) -> GXReplyData:
        reply = reply or GXReplyData()
        self.one(packet, reply)
        while reply.isMoreData():
            self.one(self.client.receiverReady(reply), reply)
        return reply

    def one(self, packet: bytes, reply: GXReplyData) -> None:
        self.socket.sendall(bytes(packet))
        received = GXByteBuffer()
        while True:
            received.set(self.socket.recv(4096))
            if self.client.getData(received, reply):
                return


def plain(value: object) -> object:
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return int(value) if isinstance(value, int) else str(value)


host, port, sap, password, *wanted = sys.argv[1:]
meter = Meter(host, int(port), int(sap), password)
meter.open()
values = {}
for text in wanted:
    class_id, name, attribute = text.split("/")
    values[text] = plain(meter.read(int(class_id), name, int(attribute)))
meter.close()
print(json.dumps(values))
