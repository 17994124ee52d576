"""Runs in dlms-cosem's own environment: does a job at a meter over HDLC or the wrapper on a socket (see job.py)."""

import logging
from typing import Any

import structlog
from dlms_cosem import cosem, enumerations
from dlms_cosem.client import ActionError, DlmsClient
from dlms_cosem.cosem.capture_object import CaptureObject
from dlms_cosem.cosem.selective_access import RangeDescriptor
from dlms_cosem.exceptions import LocalDlmsProtocolError
from dlms_cosem.io import BlockingTcpIO, HdlcTransport, TcpTransport
from dlms_cosem.protocol import xdlms
from dlms_cosem.security import (
    HighLevelSecurityGmacAuthentication,
    LowLevelSecurityAuthentication,
    NoSecurityAuthentication,
)
from job import Job, Refused, Target, Unsupported, main, octets, period, result_of

# A SET or an ACTION has 13 octets before its value; ciphering puts 5 before and 12 behind.
LONGEST_CIPHERED = 127 - 13 - 5 - 12


def refuse_what_it_cannot(job: Job) -> None:
    """Each of these was read in its source or seen to fail."""
    if job.auth not in ("none", "lls", "hls-gmac"):
        raise Unsupported(f"it knows no {job.auth}")
    if job.auth == "hls-gmac" and not job.ciphered:
        raise Unsupported("with keys for HLS-GMAC it always ciphers")
    if job.security in ("auth", "enc"):
        raise Unsupported("it ciphers with authentication and encryption or not at all")
    if job.ciphered and not job.use_general_glo:
        raise Unsupported("it sends and reads general-glo-ciphering only, no glo-get-request")
    if job.dedicated_key or job.protection:
        raise Unsupported("it has no dedicated keys, general-ciphering or general-signing")
    if job.gbt:
        raise Unsupported("it proposes general-block-transfer but does not know its APDU")
    if job.gateway_network is not None:
        raise Unsupported("it knows no gateway")
    if job.max_info != 128 or job.window != 1:
        raise Unsupported("its SNRM proposes nothing: 128 octets, window 1")
    if any("entries" in step for step in job.steps):
        raise Unsupported("it cannot encode selective access by entry")
    if job.ciphered and any(len(octets(step) or b"") > LONGEST_CIPHERED for step in job.steps):
        raise Unsupported("it writes the length of a ciphered APDU in one octet: 127 octets at most")


class WholeFrames(BlockingTcpIO):
    """Its own reads a frame up to the next 7E, and waits for ever when that stands right before the closing flag.

    This one ends where the frame's length says, and gives nothing more until the next request is sent.
    """

    def send(self, data: bytes) -> None:
        self.pieces: list[bytes] = []
        self.frame_read = self.starved = False
        super().send(data)

    def recv_until(self, end: bytes) -> bytes:
        if not self.frame_read:
            self.frame_read = True
            self.pieces = [piece + end for piece in self.frame().split(end)[:-1]]
        if not self.pieces and self.starved:
            raise TimeoutError("it could make nothing of the frame")
        self.starved = not self.pieces
        return self.pieces.pop(0) if self.pieces else b""

    def frame(self) -> bytes:
        header = self.recv(3)
        return header + self.recv((int.from_bytes(header[1:3], "big") & 0x7FF) - 1)


def transport_for(job: Job) -> HdlcTransport | TcpTransport:
    addresses = {"client_logical_address": job.client_sap, "server_logical_address": job.server_sap}
    if job.wrapper:
        return TcpTransport(**addresses, io=BlockingTcpIO(host=job.host, port=job.port))
    return HdlcTransport(**addresses, io=WholeFrames(host=job.host, port=job.port))


def client_for(job: Job) -> DlmsClient:
    """The meter's invocation counter is begun at -1: it takes only what is above that, and a meter may begin at 0."""
    client = DlmsClient(
        transport=transport_for(job),
        authentication={
            "none": NoSecurityAuthentication,
            "lls": lambda: LowLevelSecurityAuthentication(job.secret),
            "hls-gmac": HighLevelSecurityGmacAuthentication,
        }[job.auth](),
        encryption_key=job.encryption_key if job.ciphered else None,
        authentication_key=job.authentication_key if job.ciphered else None,
        security_suite=job.suite,
        client_system_title=job.system_title,
        client_initial_invocation_counter=job.invocation_counter,
        meter_initial_invocation_counter=-1,
        max_pdu_size=job.max_pdu,
    )
    client.dlms_connection.conformance.general_block_transfer = False
    return client


def attribute(text: str) -> cosem.CosemAttribute:
    target = Target.parse(text)
    return cosem.CosemAttribute(enumerations.CosemInterface(target.class_id), obis(target), target.number)


def obis(target: Target) -> cosem.Obis:
    return cosem.Obis(*(int(part) for part in target.name.split(".")))


CLOCK = CaptureObject(attribute("8/0.0.1.0.0.255/2"))


class Session:
    def __init__(self, client: DlmsClient) -> None:
        self.client = client

    def do(self, step: dict[str, Any]) -> Any:
        try:
            return getattr(self, next(iter(step)))(step)
        except LocalDlmsProtocolError as error:
            if "PDU size too big" in str(error):
                raise Unsupported("it has no SET or ACTION in blocks") from None
            raise

    def get(self, step: dict[str, Any], access: RangeDescriptor | None = None) -> str:
        wanted = attribute(step[next(iter(step))])
        request = xdlms.GetRequestNormal(cosem_attribute=wanted, access_selection=access)
        return self.whole(request).hex()

    def whole(self, request: Any) -> bytes:
        """Its own `get` says a data-access-result in words only, so the blocks are gathered here."""
        data = bytearray()
        while True:
            self.client.send(request)
            response = self.client.next_event()
            if isinstance(response, xdlms.ExceptionResponse):
                raise RuntimeError(f"{response.state_error!r}, {response.service_error!r}")
            if hasattr(response, "error"):
                raise Refused(response.error.value)
            data += response.data
            if not isinstance(response, xdlms.GetResponseWithBlock):
                return bytes(data)
            request = xdlms.GetRequestNext(
                invoke_id_and_priority=response.invoke_id_and_priority, block_number=response.block_number
            )

    def get_list(self, step: dict[str, Any]) -> list[Any]:
        wanted = [cosem.CosemAttributeWithSelection(attribute(text), None) for text in step["get_list"]]
        response = self.client.get_many(wanted)
        if not isinstance(response, xdlms.GetResponseWithList):
            raise Unsupported("it cannot read a list that comes in blocks")
        return [
            {"error": data.value} if isinstance(data, enumerations.DataAccessResult) else data.to_bytes().hex()
            for data in response.response_data
        ]

    def set(self, step: dict[str, Any]) -> None:
        response = self.client.set(attribute(step["set"]), octets(step))
        if response.result.value:
            raise Refused(response.result.value)

    def action(self, step: dict[str, Any]) -> str | None:
        target = Target.parse(step["action"])
        method = cosem.CosemMethod(enumerations.CosemInterface(target.class_id), obis(target), target.number)
        try:
            returned = self.client.action(method, octets(step))
        except ActionError as error:
            name = str(error).rpartition(" ")[2]
            raise Refused(enumerations.ActionResultStatus[name].value) from None
        return None if returned is None else bytes(returned).hex()

    def rows(self, step: dict[str, Any]) -> str:
        start, end = period(step)
        return self.get(step, RangeDescriptor(CLOCK, start, end))


def run(job: Job) -> list[Any]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    refuse_what_it_cannot(job)
    client = client_for(job)
    with client.session():
        session = Session(client)
        return [result_of(session.do, step) for step in job.steps]


main(run)
