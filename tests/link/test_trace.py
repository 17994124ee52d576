"""The trace: every octet is accounted for, no secret is shown, and its size is bounded."""

import asyncio
import itertools
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from agent.commands.main import cli
from agent.dlms import ServerSettings
from agent.dlms.hdlc.masking import HIDDEN, Masker
from agent.domain.sample import METERS
from agent.drivers.traced_link import new_trace
from agent.link import trace as trace_module
from agent.link.trace import Trace
from agent.simulator.command import local_now
from agent.simulator.meter import sample_meter
from agent.simulator.session import SignOn, new_session
from tests.dlms.lossy import frames_in

SAMPLE = METERS[0]
PASSWORD = SAMPLE.lls_password
FRAME = bytes.fromhex("7EA019032193C2BA") + b"\xe6\xe6\x00\x60" + PASSWORD + b"\x12\x34\x7e"


def framed(information: bytes) -> bytes:
    """A frame whose check sequences are wrong, which does not matter here."""
    length = 2 + 1 + 1 + 1 + 2 + len(information) + 2
    return (
        bytes((0x7E, 0xA0 | length >> 8, length & 0xFF, 0x03, 0x21, 0x10, 0xAA, 0xBB)) + information + b"\xcc\xdd\x7e"
    )


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[first:last] for first, last in itertools.pairwise(edges)]


def shown(text: str) -> bytes:
    return bytes(int(each, 16) for each in text.split() if each != HIDDEN)


@given(st.binary(min_size=5, max_size=300), st.lists(st.integers(0, 400)))
def test_of_a_frame_header_and_checks_are_shown_and_nothing_of_its_content(content: bytes, cuts: list[int]) -> None:
    frame = framed(b"\xe6\xe6\x00\xc0" + content)
    masker = Masker()
    text = " ".join(masker.mask(piece) for piece in in_pieces(frame, cuts))
    assert len(text.split()) == len(frame)
    assert shown(text) == frame[:12] + b"\xcc\xdd\x7e"


@given(st.binary(min_size=1, max_size=300).filter(lambda content: content[0] != 0xE6))
def test_a_later_segment_shows_nothing(content: bytes) -> None:
    assert shown(Masker().mask(framed(content))) == framed(content)[:8] + b"\xcc\xdd\x7e"


@given(st.lists(st.binary(max_size=60)))
def test_anything_is_masked_octet_for_octet(pieces: list[bytes]) -> None:
    masker = Masker()
    for piece in pieces:
        assert len(masker.mask(piece).split()) == len(piece)


def test_a_sign_on_is_shown_and_a_readout_is_not() -> None:
    assert shown(Masker().mask(b"/?12345678!\r\n")) == b"/?12345678!\r\n"
    assert shown(Masker().mask(b"/EPL5\\2CERM1\r\n")) == b"/EPL5\\2CERM1\r\n"
    assert shown(Masker().mask(b"\x060Z0\r\n")) == b"\x060Z0\r\n"
    assert shown(Masker().mask(b"\x021.8.0(000123.4*kWh)\r\n!\r\n\x03\x55")) == b"\x02\r\n\r\n\x03"


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_the_password_of_an_association_is_nowhere(pieces: int) -> None:
    masker = Masker()
    text = " ".join(masker.mask(FRAME[at : at + pieces]) for at in range(0, len(FRAME), pieces))
    assert PASSWORD not in shown(text)
    assert shown(text).startswith(FRAME[:12])


class MeterLink:
    """A simulated meter reached by function calls."""

    name = "METER"

    def __init__(self, sign_on: SignOn = "none") -> None:
        self._session = new_session(ServerSettings(), sample_meter(SAMPLE, local_now), sign_on)

    async def open(self) -> None: ...

    async def write(self, data: bytes) -> None:
        self._session.receive(data, 0.0)

    async def read(self, timeout: float) -> bytes:
        del timeout
        return self._session.data_to_send()

    async def set_baud(self, _baud: int) -> None: ...

    async def close(self) -> None: ...


def trace_in(folder: Path) -> Trace:
    return Trace(folder / "trace", lambda: datetime(2026, 11, 20, 10, tzinfo=UTC), Masker)


def test_it_is_off_until_it_is_turned_on_and_keeps_the_order(tmp_path: Path) -> None:
    trace, link = trace_in(tmp_path), MeterLink()
    assert trace.traced(link) is link
    trace.turn(on=True)
    traced = trace.traced(link)

    async def talk() -> None:
        await traced.open()
        await traced.set_baud(9600)
        await traced.write(bytes.fromhex("7EA0070321930F017E"))
        await traced.read(0.5)
        await traced.read(0.5)
        await traced.close()

    asyncio.run(talk())
    lines = [line.split(" ", 2)[2] for line in trace.text().splitlines()]
    assert lines[0] == "- begins"
    assert lines[1:4] == ["- open", "- 9600 baud", "> 7E A0 07 03 21 93 0F 01 7E"]
    assert lines[4].startswith("< 7E A0 07 21 03 73")
    assert lines[5:] == ["< silence 0.500 s", "- closed"]
    trace.turn(on=False)
    assert trace.traced(link) is link
    assert trace.text()
    trace.clear()
    assert trace.text() == ""


def test_it_never_grows_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "LARGEST_FILE", 2000)
    trace = trace_in(tmp_path)
    trace.turn(on=True)
    for number in range(500):
        trace.note("BIRD", ">", f"{number:05}")
    assert len(trace.text()) <= 4200
    assert trace.text().endswith("00499\n")


def test_a_disk_that_is_gone_stops_the_trace_and_not_the_job(tmp_path: Path) -> None:
    trace = trace_in(tmp_path / "nowhere")
    trace.note("BIRD", ">", "00")
    assert trace.text() == ""


def test_the_command_turns_it_and_exports_it(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["doctor", "trace", "--data", str(tmp_path), *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    assert run() == "trace is off; 0 lines kept\n"
    assert run("--on") == "trace is on; 0 lines kept\n"
    new_trace(tmp_path).note("BIRD", ">", "7E")
    assert run("--export", str(tmp_path / "out.txt"), "--off") == "trace is off; 1 lines kept\n"
    assert re.fullmatch(r"\S+Z BIRD > 7E\n", (tmp_path / "out.txt").read_text())
    assert run("--clear") == "trace is off; 0 lines kept\n"


def test_frames_of_a_real_session_stay_legible() -> None:
    """Each frame that a meter sends begins and ends where it did."""
    session = new_session(ServerSettings(), sample_meter(SAMPLE, local_now))
    session.receive(bytes.fromhex("7EA0070321930F017E"), 0.0)
    for frame in frames_in(session.data_to_send()):
        text = Masker().mask(frame)
        assert text.startswith("7E A0")
        assert text.endswith("7E")
