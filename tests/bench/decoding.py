"""Rows of a profile to Python values with moments, and HDLC frames out and in again."""

from random import Random

from agent.dlms.axdr.coding import Data, encode
from agent.dlms.hdlc.events import LLC_RESPONSE
from tests.bench.contest import Task, contest
from tests.bench.figure import Figure
from tests.dlms.virtual_line import profile_meter

ROWS = 2880
INFORMATION_OCTETS = 128


def rows() -> list[Figure]:
    """80,644 octets, as a meter gives them."""
    buffer = profile_meter().rows.select(None)
    assert isinstance(buffer, Data)
    goals = {"dlms-cosem": 10.0, "pydlms-client": 10.0, "gurux-dlms": 20.0}
    return contest(Task("profile rows decoded, with moments", "rows", encode(buffer), ROWS, "rows/s", goals))


def frames() -> list[Figure]:
    information = LLC_RESPONSE + Random(3).randbytes(INFORMATION_OCTETS - len(LLC_RESPONSE))
    goals = {"gurux-dlms": 15.0, "pydlms-client": 15.0, "dlms-cosem": 15.0}
    return contest(Task("HDLC frame of 128 octets, out and in", "frame", information, 1, "frames/s", goals))
