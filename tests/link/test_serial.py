"""An optical head on a serial port: real pyserial on a real pseudo-terminal, a meter behind it, and what goes wrong."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from agent.commands.association import AssociationOptions
from agent.commands.job_options import ActivityOptions
from agent.commands.lab import LabOptions
from agent.commands.unordered import MeterOptions, run_job
from agent.config import read_settings
from agent.dlms import ServerSettings
from agent.domain.errors import LinkBusy, LinkError, LinkLost, LinkNotFound
from agent.link.address import SerialAddress
from agent.link.ports import SerialPort, serial_ports
from agent.link.radio import Radio
from agent.link.serial_port import SerialLink
from agent.link.states import ProbeState
from agent.link.status import Wanted
from agent.simulator.line import FAST, OpticalLine
from agent.simulator.load_profile import ProfileKind
from agent.simulator.meter import sample_meter
from agent.simulator.serial_head import PortSetting, SerialHead
from agent.simulator.session import SignOn, new_session
from agent.store.jobs import JobRecord
from tests.jobs.bench import SAMPLE, Bench, open_bench

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
NOW = datetime(2026, 11, 20, 10, 2).astimezone()
METER = replace(sample_meter(SAMPLE, lambda: NOW), profile=ProfileKind(rows=300))


@dataclass
class Echo:
    """A session that echoes what comes."""

    baud: int | None = None
    octets: bytes = b""

    def receive(self, data: bytes, _now: float) -> None:
        self.octets += data

    def data_to_send(self) -> bytes:
        data, self.octets = self.octets, b""
        return data


@contextlib.asynccontextmanager
async def plugged_in(head: SerialHead) -> AsyncIterator[SerialHead]:
    serving = asyncio.create_task(head.serve())
    try:
        yield head
    finally:
        serving.cancel()
        await asyncio.wait({serving})


def head_on_meter(sign_on: SignOn, *, echo: bool, line: OpticalLine = FAST) -> SerialHead:
    return SerialHead(new_session(ServerSettings(max_info=512, window=3), METER, sign_on), line, echo=echo)


@contextlib.asynccontextmanager
async def at_the_meter(folder: Path, head: SerialHead, *, mode_e: bool) -> AsyncIterator[Bench]:
    """A tablet whose technician has chosen this port."""

    async def ports() -> list[SerialPort]:
        return [SerialPort(head.device, "optical head", may_be_probe=True)]

    async with plugged_in(head), open_bench(folder, Radio(ports=ports)) as bench:
        bench.probe.use_mode_e(on=mode_e)
        await bench.probe.connect(Wanted(head.device))
        yield bench


async def done(bench: Bench, activity: str = "reading") -> JobRecord:
    job = await bench.start(activity=activity)
    return await bench.until_ended(job)


@pytest.mark.parametrize("echo", [False, True], ids=["", "echo"])
async def test_the_external_probe_signs_on_and_changes_its_rate(tmp_path: Path, echo: bool) -> None:
    head = head_on_meter("mode-e", echo=echo)
    async with at_the_meter(tmp_path, head, mode_e=True) as bench:
        record = await done(bench)
    assert record.state == "done", record.error_code
    assert head.settings == [PortSetting(300, 8, parity=False), PortSetting(9600, 8, parity=False)]
    assert head.received.startswith(bytes((0xAF, 0x3F, 0x21, 0x8D, 0x0A))), "/?! CR LF with even parity by software"


@pytest.mark.parametrize("echo", [False, True], ids=["", "echo"])
async def test_hdlc_at_once_at_9600_baud(tmp_path: Path, echo: bool) -> None:
    head = head_on_meter("none", echo=echo)
    async with at_the_meter(tmp_path, head, mode_e=False) as bench:
        assert (await done(bench)).state == "done"
        profile = await done(bench, "load-profile")
        assert (profile.state, profile.error_code) == ("done", None)
    assert head.settings == [PortSetting(9600, 8, parity=False)]


@pytest.mark.slow
async def test_without_the_flag_a_meter_that_waits_for_a_sign_on_says_nothing(tmp_path: Path) -> None:
    async with at_the_meter(tmp_path, head_on_meter("mode-e", echo=False), mode_e=False) as bench:
        record = await done(bench)
    assert (record.state, record.error_code) == ("failed", "no-answer")


async def test_a_head_pulled_out_in_the_middle_is_told_and_waited_for(tmp_path: Path) -> None:
    head = head_on_meter("none", echo=False, line=OpticalLine(baud=9600, turnaround=0.05))
    async with open_bench(tmp_path, Radio(ports=_none)) as bench:
        async with plugged_in(head):
            await bench.probe.connect(Wanted(head.device))
            job = await bench.start()
            await bench.stepped.wait()
        record = await bench.until_ended(job)
        assert (record.state, record.error_code) == ("failed", "link-lost")
        async with asyncio.timeout(5):
            while bench.probe.status().state is not ProbeState.BACKING_OFF:
                await asyncio.sleep(0.02)


async def test_ten_kilobytes_each_way() -> None:
    octets = bytes(range(256)) * 40
    async with plugged_in(SerialHead(Echo())) as head:
        link = SerialLink(SerialAddress(head.device))
        await link.open()
        received = b""
        for at in range(0, len(octets), 512):
            await link.write(octets[at : at + 512])
            while len(received) < at + 512:
                piece = await link.read(5)
                assert piece
                received += piece
        await link.close()
    assert received == octets


async def test_closing_ends_a_read_and_leaves_no_thread(tmp_path: Path) -> None:
    assert tmp_path.exists()
    before = threading.active_count()
    async with plugged_in(SerialHead(Echo())) as head:
        link = SerialLink(SerialAddress(head.device))
        await link.open()
        reading = asyncio.create_task(link.read(30))
        await asyncio.sleep(0.05)
        await asyncio.gather(link.close(), link.close())
        with pytest.raises(LinkLost):
            await reading
        with pytest.raises(LinkLost):
            await link.write(b"x")
        with pytest.raises(LinkLost):
            await link.set_baud(300)
    async with asyncio.timeout(3):
        while threading.active_count() > before:
            await asyncio.sleep(0.02)


async def test_a_port_that_is_not_there_or_in_use() -> None:
    with pytest.raises(LinkNotFound):
        await SerialLink(SerialAddress("/dev/ttyUSB77")).open()
    async with plugged_in(SerialHead(Echo())) as head:
        first = SerialLink(SerialAddress(head.device))
        await first.open()
        with pytest.raises(LinkBusy) as caught:
            await SerialLink(SerialAddress(head.device)).open()
        assert caught.value.code == "link-port-busy"
        await first.close()
        again = SerialLink(SerialAddress(head.device))
        await again.open()
        await again.close()


async def test_a_port_whose_calls_fail_in_any_way_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """termios has its own error type, which is neither an OSError nor pyserial's."""

    class TermiosError(Exception): ...

    def fail(*_: object) -> None:
        raise TermiosError

    async with plugged_in(SerialHead(Echo())) as head:
        link = SerialLink(SerialAddress(head.device))
        await link.open()
        monkeypatch.setattr("serial.Serial.read", fail)
        async with asyncio.timeout(5):
            await link.lost.wait()
        await link.close()


async def test_what_is_no_serial_port() -> None:
    with pytest.raises(LinkError):
        await SerialLink(SerialAddress("/dev/null")).open()


async def test_the_ports_of_this_machine_can_be_listed() -> None:
    assert all(port.device for port in await serial_ports())


async def _none() -> list[SerialPort]:
    return []


async def test_from_the_command_line(tmp_path: Path) -> None:
    """`eplus job reading --link serial://…?signon=mode-e`."""
    secret = tmp_path / "secret"
    secret.write_bytes(SAMPLE.lls_password)
    meter = MeterOptions(SAMPLE.serial, "cerm1", AssociationOptions(secret_file=secret))
    what = (meter, ActivityOptions(), LabOptions(), read_settings(data=tmp_path))
    async with plugged_in(head_on_meter("mode-e", echo=True)) as head:
        url = f"serial://{head.device}?signon=mode-e"
        report = await asyncio.to_thread(run_job, "reading", url, *what, lambda _: None)
    assert report.result.serial == SAMPLE.serial
    assert [setting.baud for setting in head.settings] == [300, 9600]
