"""The driver of a plain readout: it reads, and refuses everything else before it sends anything."""

import pytest

from agent.domain.activity import Activity
from agent.domain.errors import InputError, NoAnswer, OtherMeter
from agent.domain.reading import MeterReading
from agent.drivers.driver import DriverRequest
from agent.drivers.readout import ReadoutDriver
from agent.drivers.session import OPENED, OPENING, Timeouts
from agent.meters import ReadoutModel, load_model
from agent.procedures.dialogue import Step
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


@pytest.mark.parametrize("activity", [each for each in Activity if each is not Activity.READING])
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
    assert clock.passed <= Timeouts().readout + 1
