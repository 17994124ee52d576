"""Runs in pydlms-client's own environment: its example meter with what its command line has no options for.

One argument, JSON: `port`, `wrapper` (not HDLC), `supply` (see supply.py), `window`, `max_info`, `max_pdu`, `gbt`,
`gbt_window`, `suite`, `security`, `system_title`, `encryption_key`, `authentication_key`, `signing_key`,
`agreement_key`, `client_signing_key`, `client_agreement_key` (in hex; a curve's private key as its number, a public one
as X || Y), and `clients`: {SAP: {"auth", "secret", "ciphered"}}. SAP 16 is public.
"""

import json
import socketserver
import sys
import threading
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import derive_private_key
from pydlms.apdu.xdlms import Conformance
from pydlms.security.context import SecurityContext
from pydlms.security.ec import curve_for_suite, load_public_key
from pydlms.security.hls import Mechanism
from pydlms.security.suites import SecurityPolicy
from pydlms.simulator import ClientProfile, HdlcServer, MeterSimulator, example_meter
from pydlms.simulator import serve as serve_in_threads
from supply import add_supply

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
    "auth": SecurityPolicy.AUTHENTICATED,
    "enc": SecurityPolicy.ENCRYPTED,
    "auth-enc": SecurityPolicy.AUTHENTICATED_ENCRYPTED,
}

Settings = dict[str, Any]


def meter_of(settings: Settings) -> MeterSimulator:
    title = bytes.fromhex(settings.get("system_title", "5059440000000001"))
    meter = example_meter(system_title=title, max_pdu=settings.get("max_pdu", 1024))
    if settings.get("gbt"):
        meter.conformance |= Conformance.GENERAL_BLOCK_TRANSFER
        meter.gbt_window = settings.get("gbt_window", 1)
    if settings.get("supply"):
        add_supply(meter)
    if "encryption_key" in settings:
        cipher(meter, settings, title)
    for sap, client in settings.get("clients", {}).items():
        meter.clients[int(sap)] = profile(client, settings)
    return meter


def cipher(meter: MeterSimulator, settings: Settings, title: bytes) -> None:
    meter.signing_key = private(settings, "signing_key")
    meter.encryption_key = bytes.fromhex(settings["encryption_key"])
    meter.authentication_key = bytes.fromhex(settings["authentication_key"])
    meter.security = SecurityContext(
        meter.encryption_key,
        meter.authentication_key,
        client_system_title=title,
        suite=settings.get("suite", 0),
        policy=POLICIES[settings.get("security", "auth-enc")],
        signing_key=meter.signing_key,
        key_agreement_key=private(settings, "agreement_key"),
        peer_signing_key=public(settings, "client_signing_key"),
        peer_key_agreement_key=public(settings, "client_agreement_key"),
    )
    meter.last_client_ic = 0  # also shows the counter to the public client


def profile(client: Settings, settings: Settings) -> ClientProfile:
    return ClientProfile(
        MECHANISMS[client["auth"]],
        secret=client.get("secret", "").encode() or None,
        ciphered=client.get("ciphered", "encryption_key" in settings),
        client_public_key=public(settings, "client_signing_key"),
    )


def private(settings: Settings, name: str) -> Any:
    return settings.get(name) and derive_private_key(int(settings[name], 16), curve_for_suite(settings["suite"]))


def public(settings: Settings, name: str) -> Any:
    return settings.get(name) and load_public_key(settings["suite"], bytes.fromhex(settings[name]))


def serve(settings: Settings) -> None:
    meter = meter_of(settings)
    if settings.get("wrapper"):
        serve_in_threads(meter, port=settings["port"])
        threading.Event().wait()
    frames = {"max_info": settings.get("max_info", 128), "window": settings.get("window", 1)}

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            server = HdlcServer(meter, self.request, **frames)
            while octets := self.request.recv(4096):
                server.feed(octets)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", settings["port"]), Connection) as server:
        server.serve_forever()


serve(json.loads(sys.argv[1]))
