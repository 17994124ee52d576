"""The TCP wrapper and gateways: other makers' clients at our meter, and our client at another maker's."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agent.dlms import AssociationSettings, Conformance, Mechanism
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.suite import Protection
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.transport import Transport
from tests.interop.matrix import Matrix
from tests.interop.processes import eplus, simulated_meter
from tests.interop.test_matrix_of_clients import CLOCK, ENERGY, KEYS, PROFILE, READS, SECRET, TITLE, assert_reads
from tests.interop.test_matrix_of_meter import CLIENT_TITLE, assert_serves, keys_of
from tests.interop.their_client import SCRIPTS, PeerFailed, do
from tests.interop.their_meter import pydlms_meter

pytestmark = pytest.mark.interop

OWN, NEAR, FAR = "WRAPPED000001", "WRAPPED000002", "WRAPPED000003"
SERIAL_NUMBER = "1/0.0.96.1.0.255/2"
BEHIND = {
    NEAR: {"gateway_network": 0, "gateway_device": "a1"},
    FAR: {"gateway_network": 7, "gateway_device": FAR.encode().hex()},
}
GATEWAY = ["--serial", OWN, "--gateway", f"0/0xA1={NEAR}", "--gateway", f"7/{FAR}={FAR}"]
WRAPPED = Transport(wrapper=True)
PEERS = pytest.mark.parametrize("peer", SCRIPTS)
_counters = count(100_000, 1000)


@pytest.fixture(scope="module", params=["wrapper", "HDLC"])
def gateway(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Our meter with two behind it; gives how to reach it."""
    wrapper = request.param == "wrapper"
    with simulated_meter(*GATEWAY, *(["--wrapper"] if wrapper else []), "--max-pdu", "65535") as port:
        yield {"port": port, "wrapper": wrapper, "client_sap": 16}


@pytest.fixture(scope="module")
def meters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Our meter in the wrapper: one with a password, one that ciphers; gives their ports."""
    folder = tmp_path_factory.mktemp("wrapped")
    (folder / "secret").write_text(SECRET)
    (folder / "keys").write_text(json.dumps({"system_title": TITLE, **KEYS[0]}))
    kinds = {
        "lls": ["--secret-file", str(folder / "secret"), "--general-blocks"],
        "hls-gmac": ["--auth", "hls-gmac", "--security", "auth-enc", "--keys", str(folder / "keys")],
    }
    with contextlib.ExitStack() as running:
        yield {
            kind: running.enter_context(simulated_meter("--wrapper", "--max-pdu", "65535", *options))
            for kind, options in kinds.items()
        }


# ── their clients at our meter ──


@PEERS
@pytest.mark.parametrize("pdu", [128, 512, 65535])
def test_reads_and_blocks(meters: dict[str, int], peer: str, pdu: int, matrix: Matrix) -> None:
    with matrix.trial(peer, f"wrapper, PDU {pdu}"):
        who = {"client_sap": 1, "auth": "lls", "secret": SECRET}
        assert_reads(do(peer, READS, port=meters["lls"], wrapper=True, max_pdu=pdu, **who))


@PEERS
def test_a_wrong_password(meters: dict[str, int], peer: str, matrix: Matrix) -> None:
    with matrix.trial(peer, "wrapper, wrong password refused"), pytest.raises(PeerFailed):
        do(peer, READS, port=meters["lls"], wrapper=True, client_sap=1, auth="lls", secret="wrong")


@PEERS
@pytest.mark.parametrize("general", [False, True], ids=["glo", "general-glo"])
def test_ciphered(meters: dict[str, int], peer: str, general: bool, matrix: Matrix) -> None:
    job = {"client_sap": 1, "auth": "hls-gmac", "security": "auth-enc", "meter_system_title": TITLE, **KEYS[0]}
    with matrix.trial(peer, f"wrapper, suite 0, hls-gmac, {'general-glo' if general else 'glo'}"):
        assert_reads(do(peer, READS, port=meters["hls-gmac"], wrapper=True, use_general_glo=general, **job))


@PEERS
def test_rows_lists_and_writing(meters: dict[str, int], peer: str, matrix: Matrix) -> None:
    job = {"port": meters["lls"], "wrapper": True, "client_sap": 1, "auth": "lls", "secret": SECRET}
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = {"rows": PROFILE, "from": (last - timedelta(days=20)).isoformat(), "to": last.isoformat()}
    for pdu in (1024, 65535):
        with matrix.trial(peer, f"wrapper, rows of twenty days, PDU {pdu}"):
            (data,) = do(peer, [rows], max_pdu=pdu, **job)
            assert data.count("0204090c") == 20 * 96 + 1
    with matrix.trial(peer, "wrapper, GET with list"):
        (values,) = do(peer, [{"get_list": [ENERGY, SERIAL_NUMBER]}], **job)
        assert len(values) == 2
    with matrix.trial(peer, "wrapper, SET"):
        written = {"set": CLOCK, "hex": "090c07ea0b17ff0c1e0000ff8800"}
        before, _, after = do(peer, [{"get": CLOCK}, written, {"get": CLOCK}], **job)
        assert before != after and after.startswith("090c07ea0b17")


@PEERS
@pytest.mark.parametrize("window", [1, 5])
def test_general_blocks(meters: dict[str, int], peer: str, window: int, matrix: Matrix) -> None:
    job = {"port": meters["lls"], "wrapper": True, "client_sap": 16, "gbt": True, "gbt_window": window, "max_pdu": 300}
    with matrix.trial(peer, f"wrapper, general blocks, {window} in a row"):
        assert_reads(do(peer, READS, **job))


@PEERS
@pytest.mark.parametrize("serial", [OWN, NEAR, FAR])
def test_meters_behind_our_gateway(gateway: dict[str, Any], peer: str, serial: str, matrix: Matrix) -> None:
    way = "wrapper" if gateway["wrapper"] else "HDLC"
    with matrix.trial(peer, f"{way}, through our gateway" if serial != OWN else f"{way}, our gateway itself"):
        (number,) = do(peer, [{"get": SERIAL_NUMBER}], **gateway, **BEHIND.get(serial, {}))
        assert bytes.fromhex(number)[2:].decode() == serial


# ── our client at their meter ──


PEER = "pydlms meter"


@pytest.mark.parametrize("pdu", [128, 1024, 65535])
@pytest.mark.parametrize("gbt", [False, True], ids=["blocks", "general blocks"])
def test_serves_us(pdu: int, gbt: bool, matrix: Matrix) -> None:
    with matrix.trial(PEER, f"wrapper, PDU {pdu}, {'general blocks' if gbt else 'blocks'}"):
        services = SERVICES | Conformance.GENERAL_BLOCK_TRANSFER if gbt else SERVICES
        settings = AssociationSettings(max_pdu=pdu, conformance=services, transport=WRAPPED)
        with pydlms_meter(wrapper=True, max_pdu=pdu, gbt=gbt) as port:
            assert_serves(settings, port)


def test_serves_us_ciphered(matrix: Matrix) -> None:
    encryption, authentication = keys_of(0)
    clients = {"1": {"auth": "hls-gmac", "ciphered": True}}
    keys = {"encryption_key": encryption.hex(), "authentication_key": authentication.hex()}
    security = SecuritySettings(
        CLIENT_TITLE, encryption, authentication, 0, Protection.AUTHENTICATED | Protection.ENCRYPTED
    )
    settings = AssociationSettings(1, mechanism=Mechanism.HLS_GMAC, security=security, transport=WRAPPED)
    with matrix.trial(PEER, "wrapper, suite 0, hls-gmac"), pydlms_meter(wrapper=True, clients=clients, **keys) as port:
        assert_serves(settings, port)


def test_a_reading_by_our_command(tmp_path: Path) -> None:
    with pydlms_meter(wrapper=True) as port:
        done = eplus("job", "reading", "--link", f"tcp+wrapper://127.0.0.1:{port}", "--json", "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["total"]["value"] == "12345678"
