"""Runs in gurux-dlms' own environment: a meter on its server class. One argument, JSON: `port`.

The class leaves to whoever derives from it which clients there are: 16 is public, 1 has a password. As it is published
it does not run: it calls methods that neither it nor its reply class has, and takes sizes from an object of two shapes
at once. What is missing is added here, and nothing that it does is changed.
"""

import json
import socketserver
import sys
from types import SimpleNamespace
from typing import Any

from gurux_dlms.enums import AccessMode, Authentication, DataType, InterfaceType, MethodAccessMode, SourceDiagnostic
from gurux_dlms.GXDLMSServer import GXDLMSServer
from gurux_dlms.GXServerReply import GXServerReply
from gurux_dlms.objects import GXDLMSAssociationLogicalName, GXDLMSData, GXDLMSDisconnectControl, GXDLMSRegister

PUBLIC, MANAGEMENT, PASSWORD = 16, 1, b"12345678"
SERIAL = b"GUR0000000000001"


class Sizes(SimpleNamespace):
    """128 octets and a window of 1, by all the names that are asked for; no inactivity time-out."""

    def __init__(self) -> None:
        octets = dict.fromkeys(("maximumInfoLengthTransmit", "maximumInfoLengthReceive", "maxInfoTX", "maxInfoRX"), 128)
        windows = dict.fromkeys(("windowSizeTransmit", "windowSizeReceive", "windowSizeTX", "windowSizeRX"), 1)
        super().__init__(**octets, **windows, inactivityTimeout=0)


class Meter(GXDLMSServer):
    """Public and management client, a few objects."""

    def __init__(self) -> None:
        super().__init__(True, InterfaceType.HDLC)
        name = GXDLMSData("0.0.42.0.0.255")
        name.value = SERIAL
        name.setDataType(2, DataType.OCTET_STRING)
        self.items.append(name)
        self.items.append(GXDLMSDisconnectControl("0.0.96.3.10.255"))
        for tariff in range(12):
            register = GXDLMSRegister(f"1.0.1.8.{tariff}.255")
            register.value = tariff
            register.setDataType(2, DataType.UINT32)
            self.items.append(register)
        association = GXDLMSAssociationLogicalName()
        self.items.append(association)
        association.objectList = self.items
        self.hdlc = Sizes()
        self.settings.hdlc.update = self._nothing
        self.initialize()

    def isTarget(self, serverAddress: int, clientAddress: int) -> bool:
        self.client = clientAddress
        return serverAddress == 1 and clientAddress in (PUBLIC, MANAGEMENT)

    def onValidateAuthentication(self, authentication: int, password: Any) -> int:
        if self.client == PUBLIC:
            fits = authentication == Authentication.NONE
        else:
            fits = authentication == Authentication.LOW and bytes(password or b"") == PASSWORD
        if fits:
            return SourceDiagnostic.NONE
        weaker = authentication == Authentication.NONE
        return SourceDiagnostic.AUTHENTICATION_REQUIRED if weaker else SourceDiagnostic.AUTHENTICATION_FAILURE

    def onGetAttributeAccess(self, _asked: Any) -> int:
        return AccessMode.READ

    def onGetMethodAccess(self, _asked: Any) -> int:
        return MethodAccessMode.ACCESS

    def getTransaction(self) -> Any:
        return self.transaction

    def setTransaction(self, value: Any) -> None:
        self.transaction = value

    def _nothing(self, *_arguments: Any) -> None:
        """The class asks before and after everything; there is nothing to add."""

    onPreGet = onPostGet = onPreRead = onPostRead = onPreWrite = onPostWrite = onPreAction = onPostAction = _nothing
    onConnected = onDisconnected = onInvalidConnection = notifyRead = notifyConnected = onFindObject = _nothing


class Reply(GXServerReply):
    """With the setter and the getter that the server class calls, and its reply class has not."""

    def setReply(self, value: Any) -> None:
        self.reply = value

    def getConnectionInfo(self) -> Any:
        return self.connectionInfo


class Connection(socketserver.BaseRequestHandler):
    """One client."""

    def handle(self) -> None:
        meter = Meter()
        while octets := self.request.recv(4096):
            reply = Reply(bytearray(octets))
            meter.handleRequest(reply)
            if reply.reply:
                self.request.sendall(bytes(reply.reply))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", json.loads(sys.argv[1])["port"]), Connection) as server:
    server.serve_forever()
