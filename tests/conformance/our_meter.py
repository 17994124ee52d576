"""Our simulated meter as a meter under test, with what we declare of it."""

from datetime import UTC, datetime
from random import Random

from agent.dlms import ClientAccess, Mechanism, ServerSession, ServerSettings
from agent.dlms.security.settings import SecuritySettings
from agent.simulator.meter import SimulatedMeter
from tests.conformance.ports import InMemory, MeterUnderTest
from tests.conformance.tester import CIPHERING, HASHING

PASSWORD = b"12345678"
SETTINGS = ServerSettings(max_info=256, window=7, max_pdu=2048)
_KEYS = SecuritySettings(b"EPL00001", bytes(range(16)), bytes(range(16, 32)))
MOMENT = datetime(2026, 1, 31, 12, tzinfo=UTC)


class _Meter(SimulatedMeter):
    """With two clients more: one answers challenges by MD5, one has keys."""

    def access(self, client_sap: int) -> ClientAccess | None:
        if client_sap == HASHING:
            return ClientAccess(Mechanism.HLS_MD5, PASSWORD)
        if client_sap == CIPHERING:
            return ClientAccess(security=_KEYS)
        return super().access(client_sap)


def _connect() -> InMemory:
    meter = _Meter("CONFORMS1", (1, 2, 3, 4, 5, 6), PASSWORD, lambda: MOMENT)
    return InMemory(ServerSession(SETTINGS, meter, meter, Random(1).randbytes))


OUR_METER = MeterUnderTest(
    _connect,
    addresses=((1,), (1, 0), (0, 1, 0, 0)),
    max_info=SETTINGS.max_info,
    window=SETTINGS.window,
    inactivity=120.0,
    inter_octet=SETTINGS.inter_octet_timeout,
    password=PASSWORD,
    hashed=PASSWORD,
    ciphers=True,
)
