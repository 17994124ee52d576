"""Runs in gurux-dlms' own environment: does a job at a meter over HDLC or the wrapper on a socket (see job.py)."""

import socket
from typing import Any

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import Authentication, Command, Conformance, InterfaceType, RequestTypes, Security
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.GXDLMSGateway import GXDLMSGateway
from gurux_dlms.GXDLMSLNParameters import GXDLMSLNParameters
from gurux_dlms.objects import GXDLMSObject, GXDLMSProfileGeneric
from gurux_dlms.objects.enums import SecuritySuite
from gurux_dlms.secure import GXDLMSSecureClient
from job import Job, Refused, Target, Unsupported, main, octets, period, result_of

AUTHENTICATIONS = {
    "none": Authentication.NONE,
    "lls": Authentication.LOW,
    "hls-md5": Authentication.HIGH_MD5,
    "hls-sha1": Authentication.HIGH_SHA1,
    "hls-gmac": Authentication.HIGH_GMAC,
    "hls-sha256": Authentication.HIGH_SHA256,
}
SECURITIES = {
    "none": Security.NONE,
    "auth": Security.AUTHENTICATION,
    "enc": Security.ENCRYPTION,
    "auth-enc": Security.AUTHENTICATION_ENCRYPTION,
}
SECONDS = 15


def refuse_what_it_cannot(job: Job) -> None:
    """Each of these was read in its source or seen to fail."""
    if job.auth not in AUTHENTICATIONS:
        raise Unsupported(f"{job.auth}: its ECDSA takes no signature for good, not even its own")
    if job.protection:
        raise Unsupported("it cannot send general-ciphering, and knows no general-signing")
    if job.window > 1:
        raise Unsupported("it loses count at the second frame without the final bit")


def refuse_a_wrong_length(frame: bytes) -> None:
    """247 to 253 octets of information, modulo 256: the carry of the header's octets is lost."""
    if int.from_bytes(frame[1:3], "big") & 0x7FF != len(frame) - 2:
        raise Unsupported(f"it writes a wrong length into a frame of {len(frame)} octets")


def client_for(job: Job) -> GXDLMSSecureClient:
    frames = InterfaceType.WRAPPER if job.wrapper else InterfaceType.HDLC
    client = GXDLMSSecureClient(True, job.client_sap, job.server_sap, AUTHENTICATIONS[job.auth], job.secret, frames)
    if job.gateway_network is not None:
        client.gateway = GXDLMSGateway()
        client.gateway.networkId = job.gateway_network
        client.gateway.physicalDeviceAddress = job.gateway_device
    ciphering = client.ciphering
    ciphering.security = SECURITIES[job.security]
    ciphering.securitySuite = SecuritySuite(job.suite)
    ciphering.systemTitle = bytearray(job.system_title)
    ciphering.blockCipherKey = bytearray(job.encryption_key or bytes(16))
    ciphering.authenticationKey = bytearray(job.authentication_key or bytes(16))
    ciphering.dedicatedKey = bytearray(job.dedicated_key) if job.dedicated_key else None
    ciphering.invocationCounter = job.invocation_counter
    client.hdlcSettings.maxInfoTX = client.hdlcSettings.maxInfoRX = job.max_info
    client.hdlcSettings.windowSizeTX = client.hdlcSettings.windowSizeRX = job.window
    client.maxReceivePDUSize = job.max_pdu
    client.gbtWndowSize = job.gbt_window
    client.proposedConformance = conformance(client.proposedConformance, job)
    return client


def conformance(usual: Conformance, job: Job) -> Conformance:
    """General protection decides whether it says general-glo or glo, and cannot be chosen otherwise."""
    wanted = {Conformance.GENERAL_PROTECTION: job.use_general_glo, Conformance.GENERAL_BLOCK_TRANSFER: job.gbt}
    for bit, on in wanted.items():
        usual = usual | bit if on else usual & ~bit
    return usual


class Session:
    def __init__(self, client: GXDLMSSecureClient, job: Job) -> None:
        self.client, self.wrapper = client, job.wrapper
        self.socket = socket.create_connection((job.host, job.port), SECONDS)

    def open(self) -> None:
        if not self.wrapper:
            self.client.parseUAResponse(self.exchange([self.client.snrmRequest()]).data)
        self.client.parseAareResponse(self.exchange(self.client.aarqRequest()).data)
        if self.client.isAuthenticationRequired:
            reply = self.exchange(self.client.getApplicationAssociationRequest())
            if reply.error:
                raise RuntimeError(f"pass 3 was answered with {reply.error}")
            self.client.parseApplicationAssociationResponse(reply.data)

    def close(self) -> None:
        released = self.client.releaseRequest()
        if released:
            self.exchange(released)
        if not self.wrapper:
            self.exchange([self.client.disconnectRequest()])

    def exchange(self, messages: list[bytes]) -> GXReplyData:
        """Sends each, follows its answer to the end; the last answer counts."""
        reply = GXReplyData()
        for message in messages:
            reply.clear()
            self.one(message, reply)
            while reply.isMoreData():
                if reply.moreData == RequestTypes.GBT:
                    raise Unsupported("it cannot acknowledge a block of general-block-transfer")
                self.one(self.client.receiverReady(reply), reply)
        return reply

    def one(self, message: bytes, reply: GXReplyData) -> None:
        if not self.wrapper:
            refuse_a_wrong_length(bytes(message))
        self.socket.sendall(bytes(message))
        received = GXByteBuffer()
        while True:
            octets_read = self.socket.recv(4096)
            if not octets_read:
                raise ConnectionError("the meter closed the connection")
            received.set(octets_read)
            if self.client.getData(received, reply):
                return

    def do(self, step: dict[str, Any]) -> Any:
        return getattr(self, next(iter(step)))(step)

    def get(self, step: dict[str, Any]) -> str:
        target = Target.parse(step["get"])
        return self.value(self.client.read(GXDLMSObject(target.class_id, target.name, 0), target.number))

    def value(self, messages: list[bytes]) -> str:
        reply = self.exchange(messages)
        if reply.error:
            raise Refused(int(reply.error))
        return bytes(reply.data.array()).hex()

    def get_list(self, step: dict[str, Any]) -> list[Any]:
        """It decodes the values of a list and keeps no octets; a refused one is None."""
        targets = [Target.parse(text) for text in step["get_list"]]
        wanted = [(GXDLMSObject(t.class_id, t.name, 0), t.number) for t in targets]
        values: list[Any] = []
        for messages in self.client.readList(wanted):
            answer = self.exchange(messages).value
            if answer is None:
                raise Unsupported("it loses the values of a list that comes in blocks")
            values += answer
        return [plain(value) for value in values]

    def set(self, step: dict[str, Any]) -> None:
        self.send_data(Command.SET_REQUEST, Target.parse(step["set"]), octets(step))

    def action(self, step: dict[str, Any]) -> str | None:
        data = octets(step)
        if data is None:
            raise Unsupported("its ACTION always carries a parameter")
        reply = self.send_data(Command.METHOD_REQUEST, Target.parse(step["action"]), data)
        return bytes(reply.data.array()).hex() or None

    def send_data(self, command: Command, target: Target, data: bytes | None) -> GXReplyData:
        """As its own `write` and `method`, but for A-XDR that is encoded already."""
        self.client.settings.resetBlockIndex()
        name = bytes(int(part) for part in target.name.split("."))
        descriptor = GXByteBuffer(target.class_id.to_bytes(2, "big") + name + bytes([target.number]))
        descriptor.setUInt8(int(command == Command.METHOD_REQUEST))
        parameters = GXDLMSLNParameters(self.client.settings, 0, command, 1, descriptor, GXByteBuffer(data), 0xFF)
        reply = self.exchange(GXDLMS.getLnMessages(parameters))
        if reply.error:
            raise Refused(int(reply.error))
        return reply

    def rows(self, step: dict[str, Any]) -> str:
        start, end = period(step)
        return self.value(
            self.client.readRowsByRange(GXDLMSProfileGeneric(Target.parse(step["rows"]).name), start, end)
        )

    def entries(self, step: dict[str, Any]) -> str:
        count = step["last"] - step["first"] + 1
        profile = GXDLMSProfileGeneric(Target.parse(step["entries"]).name)
        return self.value(self.client.readRowsByEntry(profile, step["first"], count))


def plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return int(value) if isinstance(value, int) else str(value)


def run(job: Job) -> list[Any]:
    refuse_what_it_cannot(job)
    session = Session(client_for(job), job)
    session.open()
    results = [result_of(session.do, step) for step in job.steps]
    session.close()
    return results


main(run)
