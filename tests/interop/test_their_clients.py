"""Our simulated meter, read by the clients of three other makers, with and without a password."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.interop.matrix import Matrix
from tests.interop.processes import simulated_meter
from tests.interop.their_client import SCRIPTS, PeerFailed, do

pytestmark = [pytest.mark.interop, pytest.mark.parametrize("peer", SCRIPTS)]

SERIAL, PASSWORD, TOTAL = "UAAEEDN11200129695", "ROSSO-03", 1352143
SERIAL_NUMBER, VALUE, SCALER, CLOCK, OBJECTS = (
    "1/0.0.96.1.0.255/2",
    "3/1.0.1.8.0.255/2",
    "3/1.0.1.8.0.255/3",
    "8/0.0.1.0.0.255/2",
    "15/0.0.40.0.0.255/2",
)
WHO = [
    pytest.param({"client_sap": 16}, id="no authentication"),
    pytest.param({"client_sap": 1, "auth": "lls", "secret": PASSWORD}, id="password"),
]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with simulated_meter("--serial", SERIAL) as port:
        yield port


@pytest.mark.parametrize("who", WHO)
def test_reading(port: int, peer: str, who: dict[str, Any], matrix: Matrix) -> None:
    with matrix.trial(peer, f"reads our meter, {who.get('auth', 'no authentication')}"):
        wanted = (SERIAL_NUMBER, VALUE, SCALER, CLOCK, OBJECTS)
        serial, value, scaler, clock, objects = do(peer, [{"get": name} for name in wanted], port=port, **who)
        assert serial == "0912" + SERIAL.encode().hex()
        assert value == "06" + TOTAL.to_bytes(4).hex()
        assert scaler == "02020f00161e"
        assert_now(bytes.fromhex(clock)[2:])
        assert {"0100010806ff", "000060030aff"} <= {objects[at : at + 12] for at in range(len(objects))}


def test_a_wrong_password_is_refused(port: int, peer: str, matrix: Matrix) -> None:
    with matrix.trial(peer, "wrong password refused"), pytest.raises(PeerFailed, match=r"(?i)authentication.fail"):
        do(peer, [{"get": CLOCK}], port=port, client_sap=1, auth="lls", secret="wrong")


def assert_now(octets: bytes) -> None:
    """The clock's twelve octets say today's date."""
    year, month, day = int.from_bytes(octets[:2]), octets[2], octets[3]
    assert abs((datetime(year, month, day) - datetime.now()).days) <= 1
