"""The others' clients at the others' meter: what fails here is no fault of ours, and the programs round them work."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.matrix import PeerCannot
from tests.interop.their_client import SCRIPTS, PeerFailed, do
from tests.interop.their_meter import pydlms_meter

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.parametrize("peer", SCRIPTS)]

EK, AK = "000102030405060708090a0b0c0d0e0f", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
KEYS = {"encryption_key": EK, "authentication_key": AK}
PROFILE, NAME, DEVIATION, BREAKER = (
    "7/1.0.99.1.0.255/2",
    "1/0.0.42.0.0.255/2",
    "8/0.0.1.0.0.255/3",
    "70/0.0.96.3.10.255",
)
ROW = "0202090c07e8050103010000000000ff0600000404"
LONG = "09820960" + "5a" * 2400
SECRETS = {
    "1": {"auth": "hls-gmac"},
    "2": {"auth": "lls", "secret": "abcd1234"},
    "3": {"auth": "hls-md5", "secret": "abcd1234"},
    "4": {"auth": "hls-sha1", "secret": "abcd1234"},
    "5": {"auth": "hls-sha256", "secret": "abcd1234"},
}


@pytest.fixture(scope="module")
def plain() -> Iterator[int]:
    with pydlms_meter(clients={sap: who for sap, who in SECRETS.items() if sap != "1"}, gbt=True) as port:
        yield port


@pytest.fixture(scope="module")
def ciphered() -> Iterator[int]:
    with pydlms_meter(clients=SECRETS, **KEYS) as port:
        yield port


def attempt(peer: str, steps: list[dict[str, Any]], **job: Any) -> list[Any] | None:
    """None where the peer says itself that it cannot."""
    try:
        return do(peer, steps, secret="abcd1234", **job)
    except PeerCannot:
        return None


@pytest.mark.parametrize("sap", ["2", "3", "4", "5"])
def test_authentication(plain: int, peer: str, sap: str) -> None:
    results = attempt(peer, [{"get": DEVIATION}], port=plain, client_sap=int(sap), auth=SECRETS[sap]["auth"])
    assert results in (None, ["10ffc4"])
    if results:
        with pytest.raises(PeerFailed):
            do(peer, [], port=plain, client_sap=int(sap), auth=SECRETS[sap]["auth"], secret="wrong")


@pytest.mark.parametrize("general", [False, True], ids=["glo", "general-glo"])
@pytest.mark.parametrize("dedicated", [None, "00112233445566778899aabbccddeeff"], ids=["global key", "dedicated key"])
def test_ciphering(ciphered: int, peer: str, general: bool, dedicated: str | None) -> None:
    who = {"client_sap": 2, "auth": "lls", "security": "auth-enc", "use_general_glo": general, **KEYS}
    steps = [{"get": PROFILE}, {"action": f"{BREAKER}/1", "hex": "0f00"}, {"get": f"{BREAKER}/2"}]
    results = attempt(peer, steps, port=ciphered, dedicated_key=dedicated, **who)
    assert results is None or (len(results[0]), results[1:]) == (4036, [None, "0300"])


def test_gmac(ciphered: int, peer: str) -> None:
    who = {"client_sap": 1, "auth": "hls-gmac", "security": "auth-enc", "use_general_glo": True, **KEYS}
    assert do(peer, [{"get": DEVIATION}], port=ciphered, **who) == ["10ffc4"]


def test_services(plain: int, peer: str) -> None:
    hour = {"from": "2024-05-01T01:00:00+00:00", "to": "2024-05-01T01:00:00+00:00"}
    refused = {"get": "3/9.9.9.9.9.255/2"}
    assert do(peer, [{"rows": PROFILE, **hour}, refused], port=plain) == ["0101" + ROW, {"error": 4}]
    assert attempt(peer, [{"entries": PROFILE, "first": 5, "last": 5}], port=plain) in (None, ["0101" + ROW])
    assert do(peer, [{"set": NAME, "hex": "090141"}, {"get": NAME}], port=plain) == [None, "090141"]
    assert do(peer, [{"set": NAME[:-1] + "1", "hex": "00"}], port=plain) == [{"error": 3}]
    listed = do(peer, [{"get_list": [DEVIATION, "3/9.9.9.9.9.255/2"]}], port=plain)
    assert listed in ([["10ffc4", {"error": 4}]], [[-60, None]])


@pytest.mark.parametrize("gbt", [False, True], ids=["service blocks", "general-block-transfer"])
def test_blocks(plain: int, peer: str, gbt: bool) -> None:
    read = attempt(peer, [{"get": PROFILE}], port=plain, max_pdu=300, gbt=gbt)
    assert read is None or len(read[0]) == 4036
    assert attempt(peer, [{"set": NAME, "hex": LONG}, {"get": NAME}], port=plain, gbt=gbt) in (None, [None, LONG])
