"""Whole sessions over an optical line in virtual time: the real engine, the real simulated meter, exact seconds."""

from functools import partial

from agent.dlms import AttributeDescriptor, ClientSession, Closed, Obis, Opened, ServerSession, ServerSettings
from agent.dlms.client.events import GetResult
from agent.dlms.client.settings import AssociationSettings
from agent.simulator.profile import Compression
from tests.bench.figure import Figure
from tests.dlms.conversation import Counting
from tests.dlms.virtual_line import OCTETS_A_SECOND, VirtualLine, fetch_profile, profile_meter

WIRE_SECONDS = 80_648 / OCTETS_A_SECOND
SEEDS = 200
REGISTERS = 7
_SIZES = ((128, 1, 136.5), (128, 7, 98.2), (1024, 7, 86.4), (2030, 7, 85.5))
_SHORTER = ((Compression.COMPACT, 63_375, 67.5), (Compression.DELTA, 23_068, 26.0))


def profiles() -> list[Figure]:
    """Association and release included; the peer is the wire itself, which carries the octets of the rows alone."""
    figures = [
        _seconds(f"profile of 2,880 rows, {info}/{window}", fetch_profile(info, window).seconds, WIRE_SECONDS, goal)
        for info, window, goal in _SIZES
    ]
    for compression, octets, goal in _SHORTER:
        seconds = fetch_profile(2030, 7, compression).seconds
        figures.append(_seconds(f"the same, {compression.value}, 2030/7", seconds, octets / OCTETS_A_SECOND, goal))
    return figures


def losses() -> list[Figure]:
    whole = fetch_profile(1024, 7).seconds
    lossy = [fetch_profile(1024, 7, loss=0.01, seed=seed).seconds for seed in range(SEEDS)]
    name = f"profile at 1024/7, 1 % of frames lost, mean of {SEEDS}"
    return [Figure(name, "s", sum(lossy) / len(lossy), whole, "without loss", 1.1, "at most")]


def registers() -> list[Figure]:
    """Requests for the registers of a Reading; the peer asks for them one by one."""
    line = VirtualLine(ClientSession(AssociationSettings()), _server())
    line.run(line.client.open, Opened)
    before = line.turns
    attributes = [AttributeDescriptor(3, Obis(1, 0, 1, 8, number), 2) for number in range(REGISTERS)]
    line.run(partial(line.client.get, attributes), GetResult)
    together = line.turns - before
    for attribute in attributes:
        line.run(partial(line.client.get, [attribute]), GetResult)
    one_by_one = line.turns - before - together
    line.run(line.client.close, Closed)
    return [Figure("registers of a Reading", "turns", together, one_by_one, "one by one", 1, "at most", absolute=True)]


def _server() -> ServerSession:
    return ServerSession(ServerSettings(), profile_meter(), Counting(), bytes)


def _seconds(name: str, ours: float, wire: float, goal: float) -> Figure:
    return Figure(name, "s", ours, wire, "the wire alone", goal, "at most", absolute=True)
