"""A connection that breaks in the middle: begun again once, and never where that could do anything twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.frame import Frame, FrameKind, encode_frame
from agent.domain.activity import Activity
from agent.domain.errors import RemoteProtocolError
from agent.domain.parameters import Detach, ReadRange
from agent.domain.reading import MeterReading
from agent.domain.results import LoadProfile
from agent.drivers.association import association_with
from agent.drivers.counters import CountedSessions
from agent.drivers.dlms import DlmsDriver
from agent.drivers.driver import DriverRequest
from agent.drivers.reconnecting import RECONNECTING
from agent.drivers.session import NO_JOURNAL, OPENED, Journal
from agent.simulator.meter import SimulatedMeter
from agent.store.counters import COUNTERS_FILE, Counters
from tests.dlms.virtual_line import LAST_ROW
from tests.drivers.line import SAMPLE, SETTINGS, Log, cerm1, new_clock, sample
from tests.drivers.test_dlms import Journalled
from tests.jobs.memory_line import MemoryClock, MemoryLink

READING = DriverRequest(Activity.READING, SAMPLE.serial)
GET, ACTION = b"\xc0", b"\xc3"
When = Callable[[Frame], bool]


def is_request(tag: bytes, number: int = 1) -> When:
    """At the so-many-th request of that kind in each connection."""
    seen = 0

    def when(frame: Frame) -> bool:
        nonlocal seen
        seen = 0 if frame.kind is FrameKind.SNRM else seen + (frame.information[3:4] == tag)
        return seen == number and frame.information[3:4] == tag

    return when


class BreakingLink(MemoryLink):
    """Instead of the answer to a certain frame comes something else, in the first `times` connections."""

    def __init__(self, meter: SimulatedMeter, clock: MemoryClock, kind: str, when: When, times: int) -> None:
        super().__init__(meter, clock, -1, SETTINGS)
        self._kind, self._when, self._left_to_break = kind, when, times
        self._deframer, self._is_broken = Deframer(), False
        self._polls = 0
        self.connections = 0

    async def write(self, data: bytes) -> None:
        frames = list(self._deframer.feed(data))
        self.connections += sum(frame.kind is FrameKind.SNRM for frame in frames)
        ends = any(frame.kind in (FrameKind.SNRM, FrameKind.DISC) for frame in frames)
        self._is_broken = self._is_broken and not ends
        if not self._is_broken and self._strikes_at(frames) and self._left_to_break:
            self._left_to_break -= 1
            self._is_broken = True
        if self._is_broken:
            self._frames.append(encode_frame(self._instead(frames[-1])))
        else:
            await super().write(data)

    def _strikes_at(self, frames: list[Frame]) -> bool:
        return sum(self._when(frame) for frame in frames) > 0  # each of them is looked at

    def _instead(self, frame: Frame) -> Frame:
        answer = Frame(FrameKind.DM, frame.source, frame.destination)
        if self._kind == "RR":
            self._polls += 1
            return answer._replace(kind=FrameKind.RR, nr=(frame.ns + 3 + self._polls) % 8)
        reasons = {
            "FRMR": b"",
            "FRMR content": b"\x10\x00\x03",
            "FRMR length": b"\x10\x00\x04",
            "FRMR N(R)": b"0\x00\x08",
        }
        if self._kind in reasons:
            return answer._replace(kind=FrameKind.FRMR, information=reasons[self._kind])
        return answer


class Bench:
    """One meter behind a line that breaks."""

    def __init__(self, folder: Path, kind: str, when: When, times: int = 1, journal: Journal = NO_JOURNAL) -> None:
        self.log, self.clock, self.meter = Log(), new_clock(), sample()
        self.link = BreakingLink(self.meter, self.clock, kind, when, times)
        sessions = CountedSessions(Counters(folder / COUNTERS_FILE), self.clock, self.log.watcher, journal=journal)
        small = replace(cerm1(), association=replace(cerm1().association, window=1))
        association = association_with(small, None, SAMPLE.lls_password, "lls", "none")
        self.driver = DlmsDriver(small, association, sessions)

    async def perform(self, request: DriverRequest) -> Any:
        return await self.driver.perform(request, self.link)


CODES = {
    "DM": "connection-ended",
    "RR": "sequence-wrong",
    "FRMR": "frame-rejected",
    "FRMR content": "frame-content-rejected",
    "FRMR length": "frame-too-long",
    "FRMR N(R)": "frame-number-rejected",
}


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("number", [1, 3])
async def test_a_reading_connects_once_more(tmp_path: Path, kind: str, number: int) -> None:
    bench = Bench(tmp_path, kind, is_request(GET, number))
    result = await bench.perform(READING)
    assert isinstance(result, MeterReading) and result.serial == SAMPLE.serial
    assert bench.link.connections == 2 and bench.log.lines.count(RECONNECTING) == 1
    assert bench.clock.passed < 15


@pytest.mark.parametrize(("kind", "code"), CODES.items())
async def test_once_and_not_twice(tmp_path: Path, kind: str, code: str) -> None:
    bench = Bench(tmp_path, kind, is_request(GET), times=9)
    with pytest.raises(RemoteProtocolError) as caught:
        await bench.perform(READING)
    assert caught.value.code == code
    assert bench.link.connections == 2 and bench.clock.passed < 20


@pytest.mark.parametrize("kind", CODES)
async def test_a_change_that_was_sent_is_never_begun_again(tmp_path: Path, kind: str) -> None:
    journal = Journalled()
    bench = Bench(tmp_path, kind, is_request(ACTION), journal=journal)
    with pytest.raises(RemoteProtocolError):
        await bench.perform(DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test")))
    assert len(journal.evidence) == 1 and bench.link.connections == 1 and bench.meter.connected


async def test_what_breaks_before_the_change_is_begun_again_and_changes_once(tmp_path: Path) -> None:
    journal = Journalled()
    bench = Bench(tmp_path, "DM", is_request(GET), journal=journal)
    await bench.perform(DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test")))
    assert len(journal.evidence) == 1 and bench.link.connections == 2 and not bench.meter.connected


async def test_what_breaks_after_the_change_is_not_begun_again(tmp_path: Path) -> None:
    journal, acted = Journalled(), is_request(ACTION)
    has_acted = False

    def when(frame: Frame) -> bool:
        nonlocal has_acted
        if has_acted:
            return frame.information[3:4] == GET
        has_acted = acted(frame)
        return False

    bench = Bench(tmp_path, "DM", when, journal=journal)
    with pytest.raises(RemoteProtocolError):
        await bench.perform(DriverRequest(Activity.DISCONNECT, SAMPLE.serial, Detach("test")))
    assert len(journal.evidence) == 1 and bench.link.connections == 1 and not bench.meter.connected


async def test_rows_that_were_handed_out_are_not_read_twice(tmp_path: Path) -> None:
    """A job takes them up from the last row; the driver does not know which one that is."""
    parts: list[LoadProfile] = []
    wanted = ReadRange(LAST_ROW - timedelta(days=1), LAST_ROW)

    def when(_frame: Frame) -> bool:
        return any(part.rows for part in parts)

    bench = Bench(tmp_path, "DM", when)
    with pytest.raises(RemoteProtocolError) as caught:
        await bench.perform(DriverRequest(Activity.LOAD_PROFILE, SAMPLE.serial, wanted, take=parts.append))
    assert caught.value.retryable and bench.link.connections == 1


async def test_a_meter_that_denies_the_connection_is_not_asked_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "DM", lambda frame: frame.kind is FrameKind.SNRM)
    with pytest.raises(RemoteProtocolError) as caught:
        await bench.perform(READING)
    assert caught.value.code == "connection-denied"
    assert OPENED not in bench.log.lines and bench.link.connections == 1
