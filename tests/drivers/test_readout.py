"""The driver of a plain readout: it reads, and refuses everything else before it sends anything."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from agent.dlms.iec21 import parity
from agent.domain.activity import Activity
from agent.domain.errors import InputError, NoAnswer, OtherMeter
from agent.domain.parameters import ReadInfo, ReadRange
from agent.domain.reading import MeterReading
from agent.domain.results import LoadProfile, ProfileInfo
from agent.drivers.driver import DriverRequest
from agent.drivers.readout import LISTENING, ReadoutDriver
from agent.drivers.session import OPENED, OPENING, Timeouts
from agent.meters import ReadoutModel, load_model
from agent.procedures.dialogue import Step
from tests.dlms.virtual_line import LAST_ROW
from tests.drivers.line import SAMPLE, Log, SignOnLink, new_clock, sample
from tests.jobs.memory_line import MemoryClock

READING = DriverRequest(Activity.READING, SAMPLE.serial)


def driver(clock: MemoryClock, log: Log) -> ReadoutDriver:
    model = load_model("readout")
    assert isinstance(model, ReadoutModel)
    return ReadoutDriver(model, clock, log.watcher, Timeouts())


async def test_a_reading() -> None:
    clock, log = new_clock(), Log()
    meter = sample()
    result = await driver(clock, log).perform(READING, SignOnLink(meter, clock, "mode-c"))
    assert isinstance(result, MeterReading)
    assert result.serial == SAMPLE.serial and result.total.value == sum(meter.energies())
    assert [quantity.value for quantity in result.tariffs.values()] == list(meter.energies())
    assert log.steps == [Step("readout", 1, 1)] and log.lines == [OPENING, "- readout 1/1", OPENED]


async def test_another_meter() -> None:
    clock = new_clock()
    with pytest.raises(OtherMeter):
        await driver(clock, Log()).perform(
            DriverRequest(Activity.READING, "OTHER-METER-1"), SignOnLink(sample(), clock, "mode-c")
        )


@pytest.mark.parametrize("activity", sorted(set(Activity) - {Activity.READING, Activity.LOAD_PROFILE}))
async def test_everything_else_is_refused_and_nothing_is_sent(activity: Activity) -> None:
    clock, log = new_clock(), Log()
    link = SignOnLink(sample(), clock, "mode-c")
    with pytest.raises(InputError, match="not-supported") as refused:
        await driver(clock, log).perform(DriverRequest(activity, SAMPLE.serial), link)
    assert refused.value.params == {"what": activity.label}
    assert not link.written and not log.lines


@pytest.mark.parametrize("activity", Activity)
async def test_there_is_nothing_to_recover(activity: Activity) -> None:
    clock = new_clock()
    link = SignOnLink(sample(), clock, "mode-c")
    with pytest.raises(InputError, match="not-supported"):
        await driver(clock, Log()).recover(DriverRequest(activity, SAMPLE.serial), {}, link)
    assert not link.written


async def test_a_meter_that_does_not_sign_on_is_given_its_time_and_no_more() -> None:
    clock = new_clock()
    link = SignOnLink(sample(), clock, "none")
    with pytest.raises(NoAnswer):
        await driver(clock, Log()).perform(READING, link)
    assert clock.passed <= Timeouts().readout + Timeouts().listening + 1
    assert link.bauds[-1] == 2400  # it was listened to at last


class TelegramLink:
    """A line on which a meter sends by itself, at one rate; at any other nothing sensible comes."""

    name = "memory"

    def __init__(self, telegrams: bytes, baud: int, clock: MemoryClock) -> None:
        self._telegrams, self._right, self._clock = telegrams, baud, clock
        self.baud, self.written = 0, 0

    async def open(self) -> None:
        return

    async def write(self, data: bytes) -> None:
        self.written += len(data)

    async def read(self, timeout: float) -> bytes:
        self._clock.passed += min(timeout, 0.1)
        if self.baud != self._right:
            return b"\x80\xfe"
        came, self._telegrams = self._telegrams[:20], self._telegrams[20:]
        return came

    async def set_baud(self, baud: int) -> None:
        self.baud = baud

    async def close(self) -> None:
        return


TELEGRAM = (
    b"75.1*W)\r\n!\r\n/ESY5Q3DA1024 V3.03\r\n\r\n1-0:0.0.0*255(112900000)\r\n"
    b"1-0:1.8.0*255(00001013.0368091*kWh)\r\nP.01(1210302001500)(00)(15)(1)(1.5)(kW)\r\n(0.5)\r\n(0.25)\r\n!\r\n"
)


async def test_a_meter_that_only_sends_by_itself_is_listened_to() -> None:
    clock, log = new_clock(), Log()
    link = TelegramLink(parity.encode(TELEGRAM), 2400, clock)
    result = await driver(clock, log).perform(DriverRequest(Activity.READING, "112900000"), link)
    assert isinstance(result, MeterReading) and result.total.value == Decimal("1013036.8091")
    assert log.lines == [OPENING, "- readout 1/1", LISTENING, OPENED]


async def test_mode_d_in_the_model_asks_for_nothing() -> None:
    clock, log = new_clock(), Log()
    made = driver(clock, log)
    made = replace(made, model=replace(made.model, mode="D", baud=9600))
    link = TelegramLink(TELEGRAM, 9600, clock)
    parts: list[LoadProfile] = []
    wanted = ReadRange(LAST_ROW - timedelta(days=36_500), LAST_ROW)
    request = DriverRequest(Activity.LOAD_PROFILE, None, wanted, parts.append)
    result = await made.perform(request, link)
    assert isinstance(result, LoadProfile) and result.rows == ()
    assert [len(part.rows) for part in parts] == [0, 2]
    assert link.written == 0


async def test_mode_d_ends_where_nothing_comes() -> None:
    clock = new_clock()
    made = driver(clock, Log())
    with pytest.raises(NoAnswer):
        await replace(made, model=replace(made.model, mode="D")).perform(READING, TelegramLink(b"", 2400, clock))
    assert clock.passed <= Timeouts().readout + 1


async def test_what_the_load_profile_holds() -> None:
    clock = new_clock()
    made = driver(clock, Log())
    made = replace(made, model=replace(made.model, mode="D"))
    link = TelegramLink(TELEGRAM, 2400, clock)
    info = await made.perform(DriverRequest(Activity.LOAD_PROFILE, None, ReadInfo()), link)
    assert isinstance(info, ProfileInfo)
    assert (info.rows_held, info.capture_period_s, info.channels[-1].unit) == (2, 900, "W")
