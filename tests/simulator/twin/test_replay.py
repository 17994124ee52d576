"""A trace is answered octet by octet; a request that is another one is told with the octet that differs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from agent.dlms import AssociationSettings, ClientSession
from agent.dlms.hdlc.deframer import Deframer
from agent.dlms.hdlc.masking import HIDDEN, Masker
from agent.domain.errors import EplusError, InputError
from agent.drivers.session import Timeouts, drive
from agent.link import Link
from agent.link.trace import Trace
from agent.procedures.identify import identify
from agent.simulator.twin.replay import ReplayPlayer, filled_answer, hidden_in_answers, parse_trace
from tests.drivers.line import Log, cerm1, link_to, new_clock, sample
from tests.simulator.twin.visiting import PlayerLink


class Whole:
    """Hides nothing."""

    def mask(self, data: bytes) -> str:
        return data.hex(" ").upper()


@dataclass
class Ticking:
    """Each line of the trace is 50 ms after the one before."""

    at: datetime = field(default_factory=lambda: datetime(2026, 6, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=50)
        return self.at


async def traced(folder: Path, masker: Any, times: int = 1) -> str:
    trace = Trace(folder, Ticking(), masker)
    trace.turn(on=True)
    for _ in range(times):
        clock = new_clock()
        link = trace.traced(cast(Link, link_to(sample(), clock)))
        await drive(identify(cerm1(), None), session(), link, "Who", clock, Log().watcher, Timeouts())
    return trace.text()


def session(**more: Any) -> ClientSession:
    return ClientSession(AssociationSettings(**more))


async def at_trace(text: str, said: list[str], client: ClientSession, number: int = 0) -> tuple[str, float]:
    clock = new_clock()
    player = ReplayPlayer(parse_trace(text)[number], said.append, fast=False)
    link = cast(Link, PlayerLink(player, clock))
    found = await drive(identify(cerm1(), None), client, link, "Who", clock, Log().watcher, Timeouts())
    return found, clock.passed


async def test_the_recorded_meter_answers_again(tmp_path: Path) -> None:
    text = await traced(tmp_path, Whole, times=2)
    conversations = parse_trace(text)
    assert len(conversations) == 2 and hidden_in_answers(conversations) == 0
    for number in range(2):
        said: list[str] = []
        found, seconds = await at_trace(text, said, session(), number)
        assert found == sample().serial
        assert said == [f"all {len(conversations[0])} requests were the recorded ones"]
        assert 0.05 * len(conversations[0]) == pytest.approx(seconds, abs=0.06)


async def test_another_request_is_told_by_its_octet(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(EplusError):
        await at_trace(await traced(tmp_path, Whole), said, session(max_pdu=500))
    assert said == ["request 2, octet 41: 01 instead of FF"]


async def test_of_a_masked_trace_the_frames_are_right(tmp_path: Path) -> None:
    text = await traced(tmp_path, Masker)
    (turns,) = parse_trace(text)
    assert hidden_in_answers([turns]) > 30
    for turn in turns:
        octets = filled_answer(turn.answer)
        assert len(octets) == len(turn.answer)
        assert list(Deframer().feed(octets))
    said: list[str] = []
    player = ReplayPlayer(turns, said.append, fast=True)
    for turn in turns:
        request = bytes(0x41 if each is None else each for each in turn.request)
        assert [octets for _, octets in player.take(request, 0.0)] == [filled_answer(turn.answer)]
    assert player.has_ended and said == [f"all {len(turns)} requests were the recorded ones"]


def test_lines_of_others() -> None:
    ((first, second),) = parse_trace("RX: 00\r\nTX: 7E A0\nTX 7e\nsomething else\nRX: 01 02\n< 03\nTX: ZZ\n")
    assert (first.request, first.answer) == ([], [0])
    assert (second.request, second.answer) == ([0x7E, 0xA0, 0x7E], [1, 2, 3])
    said: list[str] = []
    player = ReplayPlayer([first, second], said.append, fast=True)
    assert list(player.take(b"", 0.0)) == [(0.0, b"\x00")]
    assert list(player.take(b"\x7e\xa0", 0.0)) == []
    assert list(player.take(b"\x7e\x11", 0.0)) == [(0.0, b"\x01\x02\x03")]
    assert said[-1] == "after the last request: octet 11" and player.has_ended


@pytest.mark.parametrize("text", ["", "nothing\n", "> \n", "2026-06-01T00:00:00Z a - begins\n", HIDDEN, "\x00" * 50])
def test_what_is_no_trace(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_trace(text)
    assert caught.value.code == "bad-trace"
