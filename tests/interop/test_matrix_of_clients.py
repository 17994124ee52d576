"""Everything that the clients of other makers can ask of our simulated meter: the matrix."""

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.interop.matrix import Matrix
from tests.interop.processes import simulated_meter
from tests.interop.their_client import SCRIPTS, PeerFailed, do

pytestmark = [pytest.mark.interop, pytest.mark.parametrize("peer", SCRIPTS)]

SERIAL, SECRET = "INTEROP0001", "long-secret-01"
ENERGY, CLOCK, OBJECTS, PROFILE, BREAKER, FIRMWARE = (
    "3/1.0.1.8.0.255/2",
    "8/0.0.1.0.0.255/2",
    "15/0.0.40.0.0.255/2",
    "7/1.0.99.1.0.255/2",
    "70/0.0.96.3.10.255",
    "1/1.0.0.2.0.255/2",
)
TITLE = b"CRM\0\0\0\0\1".hex()
KEYS = {
    0: {"encryption_key": bytes(range(16)).hex(), "authentication_key": bytes(range(0xD0, 0xE0)).hex()},
    1: {"encryption_key": bytes(range(16)).hex(), "authentication_key": bytes(range(0xD0, 0xE0)).hex()},
    2: {"encryption_key": bytes(range(32)).hex(), "authentication_key": bytes(range(0xC0, 0xE0)).hex()},
}
Start = Callable[..., int]


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts our meter with options, once for each set of them; gives its port."""
    folder = tmp_path_factory.mktemp("meters")
    ports: dict[tuple[str, ...], int] = {}
    with contextlib.ExitStack() as running:

        def start(*options: str, suite: int | None = None, secret: bool = False) -> int:
            named = list(options)
            if suite is not None:
                keys = folder / f"keys{suite}.json"
                keys.write_text(json.dumps({"system_title": TITLE, **KEYS[suite]}))
                named += ["--keys", str(keys), "--suite", str(suite)]
            if secret:
                file = folder / "secret"
                file.write_text(SECRET)
                named += ["--secret-file", str(file)]
            key = tuple(named)
            if key not in ports:
                ports[key] = running.enter_context(simulated_meter("--serial", SERIAL, *named))
            return ports[key]

        yield start


def assert_reads(results: list[Any]) -> None:
    energy, objects, firmware = results
    assert energy.startswith("06") and len(energy) == 10
    assert "0100010806ff" in objects
    assert bytes.fromhex(firmware)[2:] == b"3131"


READS = [{"get": ENERGY}, {"get": OBJECTS}, {"get": FIRMWARE}]


@pytest.mark.parametrize("auth", ["hls-md5", "hls-sha1", "hls-sha256"])
def test_mechanisms(meter: Start, peer: str, auth: str, matrix: Matrix) -> None:
    port = meter("--auth", auth, secret=True)
    with matrix.trial(peer, auth):
        assert_reads(do(peer, READS, port=port, client_sap=1, auth=auth, secret=SECRET))
    with matrix.trial(peer, f"{auth}, wrong secret refused"), pytest.raises(PeerFailed):
        do(peer, READS, port=port, client_sap=1, auth=auth, secret="another secret")


@pytest.mark.parametrize("suite", [0, 1, 2])
@pytest.mark.parametrize("auth", ["none", "lls", "hls-gmac"])
@pytest.mark.parametrize("security", ["auth", "enc", "auth-enc"])
@pytest.mark.parametrize("wrapping", ["glo", "general-glo", "dedicated"])
def test_ciphering(
    meter: Start, peer: str, suite: int, auth: str, security: str, wrapping: str, matrix: Matrix
) -> None:
    port = meter("--auth", auth, "--security", security, suite=suite, secret=auth == "lls")
    dedicated = bytes(range(32, 48 if suite < 2 else 64)).hex() if wrapping == "dedicated" else None
    job = {
        "client_sap": 1,
        "auth": auth,
        "secret": SECRET if auth == "lls" else "",
        "suite": suite,
        "security": security,
        "meter_system_title": TITLE,
        "dedicated_key": dedicated,
        "use_general_glo": wrapping == "general-glo",
        **KEYS[suite],
    }
    with matrix.trial(peer, f"suite {suite}, {auth}, {security}, {wrapping}"):
        assert_reads(do(peer, READS, port=port, **job))


def test_a_wrong_key_is_refused(meter: Start, peer: str, matrix: Matrix) -> None:
    port = meter("--auth", "hls-gmac", "--security", "auth-enc", suite=0)
    job = {"client_sap": 1, "auth": "hls-gmac", "security": "auth-enc", "meter_system_title": TITLE, **KEYS[0]}
    job["encryption_key"] = "ff" * 16
    with matrix.trial(peer, "wrong key refused"), pytest.raises(PeerFailed):
        do(peer, READS, port=port, **job)


@pytest.mark.parametrize(("info", "window"), [(32, 1), (128, 1), (128, 7), (246, 3), (1023, 7), (2030, 7)])
@pytest.mark.parametrize("pdu", [128, 512, 65535])
def test_sizes_windows_and_blocks(meter: Start, peer: str, info: int, window: int, pdu: int, matrix: Matrix) -> None:
    port = meter("--max-info", str(info), "--window", str(window), "--max-pdu", "65535")
    job = {"client_sap": 16, "max_info": info, "window": window, "max_pdu": pdu}
    with matrix.trial(peer, f"info {info}, window {window}, PDU {pdu}"):
        assert_reads(do(peer, READS, port=port, **job))


def test_lists(meter: Start, peer: str, matrix: Matrix) -> None:
    with matrix.trial(peer, "GET with list"):
        (values,) = do(peer, [{"get_list": [ENERGY, FIRMWARE]}], port=meter(), client_sap=16)
        assert len(values) == 2


def test_selective_access(meter: Start, peer: str, matrix: Matrix) -> None:
    port = meter("--max-pdu", "65535", "--max-info", "1023")
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=2)
    with matrix.trial(peer, "rows by range"):
        (rows,) = do(
            peer, [{"rows": PROFILE, "from": first.isoformat(), "to": last.isoformat()}], port=port, client_sap=16
        )
        assert rows.startswith("0109") and rows.count("0204090c") == 9, "two hours of quarters, both ends included"
    with matrix.trial(peer, "rows by entry"):
        (rows,) = do(peer, [{"entries": PROFILE, "first": 3, "last": 6}], port=port, client_sap=16)
        assert rows.startswith("0104") and rows.count("0204090c") == 4


def test_set_and_action(meter: Start, peer: str, matrix: Matrix) -> None:
    port = meter(secret=True)
    who = {"port": port, "client_sap": 1, "auth": "lls", "secret": SECRET}
    moment = "090c07ea0b17ff0c1e0000ff8800"
    with matrix.trial(peer, "SET"):
        before, _, after = do(peer, [{"get": CLOCK}, {"set": CLOCK, "hex": moment}, {"get": CLOCK}], **who)
        assert before != after and after.startswith("090c07ea0b17")
    with matrix.trial(peer, "ACTION"):
        state = f"{BREAKER}/2"
        steps = [{"action": f"{BREAKER}/1", "hex": "0f00"}, {"get": state}, {"action": f"{BREAKER}/2", "hex": "0f00"}]
        results = do(peer, [*steps, {"get": state}], **who)
        assert (results[1], results[3]) == ("0300", "0301")
    with matrix.trial(peer, "SET refused in words"):
        (refused,) = do(peer, [{"set": ENERGY, "hex": "0600000000"}], **who)
        assert refused == {"error": 3}


@pytest.mark.parametrize(("hdlc", "blocks"), [(1, 1), (7, 1), (7, 5)])
def test_general_block_transfer(meter: Start, peer: str, hdlc: int, blocks: int, matrix: Matrix) -> None:
    port = meter("--general-blocks", "--max-pdu", "65535", "--window", str(hdlc))
    job = {"client_sap": 16, "gbt": True, "gbt_window": blocks, "max_pdu": 300, "window": hdlc}
    with matrix.trial(peer, f"general blocks, HDLC window {hdlc}, {blocks} in a row"):
        assert_reads(do(peer, READS, port=port, **job))
