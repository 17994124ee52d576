"""What a link notes while it carries: answer times, what was agreed, how the meter identifies itself."""

from dataclasses import replace
from typing import cast

from agent.dlms import AssociationSettings, ClientSession, ServerSettings
from agent.dlms.hdlc.parameters import LinkParameters
from agent.dlms.iec21 import SignOnSettings
from agent.drivers.observed_link import Observed, ObservedLink
from agent.drivers.session import Timeouts, drive
from agent.drivers.sign_on import sign_on
from agent.link import Link
from agent.meters.twin.model import AnswerTime
from agent.meters.twin.requests import RequestKinds
from agent.procedures.association_view import association_view
from tests.drivers.line import Log, SignOnLink, new_clock, sample
from tests.jobs.memory_line import SECONDS_A_FRAME, MemoryLink


async def test_times_sizes_and_blocks() -> None:
    clock, observed = new_clock(), Observed()
    server = ServerSettings(max_info=100, window=1, block_size=150)
    link = ObservedLink(cast(Link, MemoryLink(sample(), clock, -1, server)), clock, observed)
    session = ClientSession(AssociationSettings(max_info=300, max_pdu=200))
    await drive(association_view(), session, link, "List", clock, Log().watcher, Timeouts())
    assert observed.parameters == LinkParameters(100, 100, 1, 1)
    assert observed.block_size is not None and 100 < observed.block_size < 150
    assert {"connect", "associate", "get", "block", "poll", "disconnect"} <= set(observed.seconds)
    milliseconds = round(SECONDS_A_FRAME * 1000)
    assert all(time == AnswerTime(time.count, milliseconds, 0) for time in observed.times().values())


async def test_the_rate_and_the_identification() -> None:
    clock, observed = new_clock(), Observed()
    link = ObservedLink(cast(Link, SignOnLink(sample(), clock, "mode-e")), clock, observed)
    await sign_on(SignOnSettings(), link, clock, 10)
    assert observed.baud == 9600
    assert observed.sign_on is not None and observed.sign_on.maker == "EPL"


def test_octets_on_the_line_are_no_thinking() -> None:
    """At 9600 baud ten octets take ten milliseconds."""
    assert replace(Observed(), baud=9600).times() == {}
    assert RequestKinds().of(b"\x7e\xa0") is None
