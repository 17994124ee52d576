"""A head that swallows single octets: nothing is read through it, unless its profile says which ones go twice."""

import asyncio
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import pytest

from agent.domain.errors import EplusError, InputError
from agent.drivers.association import association_with
from agent.drivers.session import drive
from agent.link.gatt import PacedWriter, doubled
from agent.link.pacing import Backlog
from agent.link.profile import ProbeProfile, parse_profile
from agent.procedures.identify import identify
from agent.simulator.optics import Optics
from agent.simulator.session import new_session
from tests.drivers.line import SAMPLE, SETTINGS, Log, cerm1, new_clock, sample
from tests.jobs.memory_line import MemoryClock

PAGE = (Path(__file__).parents[2] / "agent" / "link" / "README.md").read_text(encoding="utf-8")
HEAD = parse_profile("head", PAGE.split("```toml\n")[1].split("```")[0])


class Characteristic:
    """As bleak shows one."""

    properties = ("write", "write-without-response")
    max_write_without_response_size = 20


class HeadLink:
    """A link through such a head, written to as `profile` says; bleak is left out."""

    name = "head"

    def __init__(self, profile: ProbeProfile, clock: MemoryClock) -> None:
        self._optics = Optics(new_session(SETTINGS, sample()), None, HEAD.double)
        self._clock, self._came = clock, b""
        self._writer = PacedWriter(cast(Any, self), cast(Any, Characteristic()), profile, Backlog())

    async def write_gatt_char(self, _to: Characteristic, piece: bytes, response: bool) -> None:
        assert not response
        self._came += self._optics.take(piece, self._clock.monotonic())[1]

    async def open(self) -> None:
        return

    async def write(self, data: bytes) -> None:
        await self._writer.write(data)

    async def read(self, timeout: float) -> bytes:
        came, self._came = self._came, b""
        self._clock.passed += 0.01 if came else timeout
        return came

    async def set_baud(self, _baud: int) -> None:
        return

    async def close(self) -> None:
        return


async def serial_through(profile: ProbeProfile) -> str:
    from agent.dlms import ClientSession

    clock = new_clock()
    session = ClientSession(association_with(cerm1(), None, SAMPLE.lls_password, "lls", "none"))
    task = identify(cerm1(), None)
    return await drive(task, session, HeadLink(profile, clock), "Who is there", clock, Log().watcher)


def test_with_the_setting_it_is_read_and_without_it_not() -> None:
    assert asyncio.run(serial_through(HEAD)) == SAMPLE.serial
    with pytest.raises(EplusError):
        asyncio.run(serial_through(replace(HEAD, double=b"")))


def test_octets_that_go_twice() -> None:
    assert doubled(b"\x01\xff\x7e\xff\xff", b"\xff") == b"\x01\xff\xff\x7e\xff\xff\xff\xff"
    assert doubled(b"\xff\x7e", b"\xff\x7e\xff") == b"\xff\xff\x7e\x7e"
    assert doubled(b"\xff", b"") == b"\xff"


@pytest.mark.parametrize("double", ['"F"', '"FF7E"', "255", '["FF"]', '"GG"'])
def test_what_it_may_say(double: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_profile("head", f'title = "T"\ndouble = {double}')
    assert "double is a text" in str(caught.value.params["reason"])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("cap = 20.0", "cap is a whole number"),
        ("cap = true", "cap is a whole number"),
        ("cached_services = 1", "cached_services is true or false"),
        ("baud = 9600", "baud is a table"),
        ("[baud]\ncommand = 9600", "baud.command is a text"),
        ("[led]\nblue = 3", "unknown key led.blue; known are characteristic, green, red"),
        ('[keep_alive]\nseconds = "20"', "keep_alive.seconds is a number"),
        ("doubled = 3", "unknown key doubled; known are baud, buffer,"),
        ("", "service is missing"),
    ],
)
def test_each_mistake_is_told_with_its_key_and_what_is_allowed(line: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_profile("head", f'title = "T"\n{line}')
    assert reason in str(caught.value.params["reason"])


def test_every_key_is_documented() -> None:
    for field in fields(ProbeProfile):
        assert any(f"`{form}`" in PAGE for form in (field.name, f"[{field.name}]")), field.name
