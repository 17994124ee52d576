"""Runs in pydlms-client's own environment: does a job at a meter over HDLC or the wrapper on a socket (see job.py)."""

import math
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import derive_private_key
from job import Job, Refused, Target, Unsupported, main, octets, period, result_of
from pydlms.apdu.xdlms import SelectiveAccess, date_time_value, entry_descriptor, range_descriptor
from pydlms.client import DlmsClient
from pydlms.cosem.data import DlmsData, decode_data, encode_data
from pydlms.cosem.enums import DataAccessResult
from pydlms.exceptions import ServiceError
from pydlms.hdlc.connection import HdlcParameters
from pydlms.security.context import SecurityContext
from pydlms.security.ec import curve_for_suite, load_public_key
from pydlms.security.general import ONE_PASS_DH, STATIC_UNIFIED_MODEL, KeyInfo
from pydlms.security.hls import Mechanism
from pydlms.security.suites import SecurityPolicy

MECHANISMS = {
    "none": Mechanism.NONE,
    "lls": Mechanism.LLS,
    "hls-md5": Mechanism.HLS_MD5,
    "hls-sha1": Mechanism.HLS_SHA1,
    "hls-gmac": Mechanism.HLS_GMAC,
    "hls-sha256": Mechanism.HLS_SHA256,
    "hls-ecdsa": Mechanism.HLS_ECDSA,
}
POLICIES = {
    "none": SecurityPolicy.NONE,
    "auth": SecurityPolicy.AUTHENTICATED,
    "enc": SecurityPolicy.ENCRYPTED,
    "auth-enc": SecurityPolicy.AUTHENTICATED_ENCRYPTED,
}
AGREED = {
    "general-ciphering one-pass": KeyInfo("agreed", scheme=ONE_PASS_DH),
    "general-ciphering static": KeyInfo("agreed", scheme=STATIC_UNIFIED_MODEL),
}


def refuse_what_it_cannot(job: Job) -> None:
    """Seen to hang: after a whole APDU it waits for the next streamed block and does not poll for it."""
    frames = math.ceil((job.max_pdu + 3) / job.max_info) * job.gbt_window
    if job.gateway_network is not None:
        raise Unsupported("it knows no gateway")
    if not job.wrapper and job.gbt and job.gbt_window > 1 and job.max_pdu < 65535 and frames > job.window:
        raise Unsupported("it needs a window of general-block-transfer to fit into one window of HDLC")


def security_context(job: Job) -> SecurityContext | None:
    if not job.ciphered and job.auth != "hls-gmac" and job.protection is None:
        return None
    return SecurityContext(
        encryption_key=job.encryption_key,
        authentication_key=job.authentication_key,
        client_system_title=job.system_title,
        server_system_title=job.meter_system_title,
        invocation_counter=job.invocation_counter,
        suite=job.suite,
        policy=POLICIES[job.security],
        signing_key=private(job, job.signing_key),
        key_agreement_key=private(job, job.agreement_key),
        peer_signing_key=public(job, job.meter_signing_key),
        peer_key_agreement_key=public(job, job.meter_agreement_key),
    )


def private(job: Job, key: bytes | None) -> Any:
    return key and derive_private_key(int.from_bytes(key, "big"), curve_for_suite(job.suite))


def public(job: Job, key: bytes | None) -> Any:
    return key and load_public_key(job.suite, key)


def client_for(job: Job) -> DlmsClient:
    """A dedicated key is drawn by the peer itself; the job's only says that there shall be one."""
    protection = job.protection or ("general-glo" if job.use_general_glo else "glo")
    return DlmsClient.tcp(
        job.host,
        job.port,
        client_sap=job.client_sap,
        server_logical=job.server_sap,
        hdlc=not job.wrapper,
        hdlc_parameters=None if job.wrapper else HdlcParameters(job.max_info, job.max_info, job.window, job.window),
        mechanism=MECHANISMS[job.auth],
        password=job.secret or None,
        security=security_context(job),
        ciphered_context=job.ciphered,
        client_system_title=job.system_title,
        expected_server_system_title=job.meter_system_title,
        use_dedicated_key=job.dedicated_key is not None,
        protection="general-ciphering" if protection in AGREED else protection,
        key_info=AGREED.get(protection),
        signing_key=private(job, job.signing_key),
        server_public_key=public(job, job.meter_signing_key),
        max_receive_pdu_size=job.max_pdu,
        propose_gbt=job.gbt,
        gbt_window=job.gbt_window,
    )


def hex_of(value: DlmsData | DataAccessResult) -> Any:
    return encode_data(value).hex() if isinstance(value, DlmsData) else {"error": int(value)}


class Session:
    def __init__(self, client: DlmsClient) -> None:
        self.client = client

    def do(self, step: dict[str, Any]) -> Any:
        kind = next(iter(step))
        try:
            return getattr(self, kind)(step)
        except ServiceError as error:
            if isinstance(error.result, int):
                raise Refused(int(error.result)) from None
            raise

    def get(self, step: dict[str, Any], access: SelectiveAccess | None = None) -> Any:
        target = Target.parse(step[next(iter(step))])
        return hex_of(self.client.get(target.name, target.class_id, target.number, access))

    def get_list(self, step: dict[str, Any]) -> list[Any]:
        targets = [Target.parse(text) for text in step["get_list"]]
        return [hex_of(value) for value in self.client.get_many([(t.name, t.class_id, t.number) for t in targets])]

    def set(self, step: dict[str, Any]) -> None:
        target = Target.parse(step["set"])
        self.client.set(target.name, target.class_id, target.number, decoded(step))

    def action(self, step: dict[str, Any]) -> Any:
        target = Target.parse(step["action"])
        returned = self.client.action(target.name, target.class_id, target.number, decoded(step))
        return None if returned is None else hex_of(returned)

    def rows(self, step: dict[str, Any]) -> Any:
        start, end = period(step)
        return self.get(step, range_descriptor(date_time_value(start), date_time_value(end)))

    def entries(self, step: dict[str, Any]) -> Any:
        return self.get(step, entry_descriptor(step["first"], step["last"]))


def decoded(step: dict[str, Any]) -> DlmsData | None:
    data = octets(step)
    return None if data is None else decode_data(data)[0]


def run(job: Job) -> list[Any]:
    refuse_what_it_cannot(job)
    with client_for(job) as client:
        session = Session(client)
        return [result_of(session.do, step) for step in job.steps]


main(run)
