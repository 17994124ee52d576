"""A meter's clock compared with the tablet's, and set to it (IEC 62056-6-2:2017, Clock, class_id 8)."""

from dataclasses import replace

from agent.dlms import Data, Tag
from agent.dlms.cosem.clock import ClockStatus, encode_date_time, read_date_time
from agent.domain.activity import Activity
from agent.domain.errors import InputError, MalformedData
from agent.domain.parameters import Parameters, SetClock
from agent.domain.results import ClockCheck
from agent.meters import MeterModel
from agent.procedures.dialogue import Dialogue, Evidence, Steps, Verdict, Write
from agent.procedures.identify import identify
from agent.procedures.values import attributes, clock_time, make_change, read_all, required_name

CLOCK, TIME = 8, 2
NOT_SET = "clock-not-set"
"""A warning."""
GOOD_ENOUGH_S, FAR_OFF_S = 5, 600
"""Seconds: a clock with less drift is not set; one with more is set only if that was confirmed."""


def clock(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[ClockCheck]:
    """Reads the clock; with `SetClock`, sets it to the tablet's time if it is more than a few seconds off.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no clock, or does not give its time.
        InputError: `clock-far-off`; it is so far off that a person has to confirm the change; nothing was set.
        ChangeRefused: the meter did not take the time.
    """
    step = Steps(Activity.CLOCK.facts.steps_for("clock-set" if isinstance(parameters, SetClock) else "none"))
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readclock")
    before = yield from read_clock(model, found)
    if not isinstance(parameters, SetClock):
        return before
    yield step("setclock")
    _confirm(before, parameters)
    if before.drift_s is not None and abs(before.drift_s) < GOOD_ENOUGH_S:
        yield step("checkclock")
        return before
    yield from _set(model, before)
    yield step("checkclock")
    after = yield from read_clock(model, found)
    return replace(after, drift_s=before.drift_s, drift_after_s=after.drift_s)


def recover_clock(
    model: MeterModel, serial: str | None, _parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[ClockCheck]]:
    """The clock's time now tells what became of the change: if it is right, it counts as set.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it does not give its time.
    """
    step = Steps(Activity.CLOCK.facts.recovery_steps)
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("checkclock")
    now = yield from read_clock(model, found)
    if now.drift_s is None or abs(now.drift_s) >= GOOD_ENOUGH_S:
        return Verdict("not-applied")
    before = evidence.get("drift_s")
    return Verdict(
        "applied", replace(now, drift_s=before if isinstance(before, int) else None, drift_after_s=now.drift_s)
    )


def read_clock(model: MeterModel, serial: str) -> Dialogue[ClockCheck]:
    """The meter's time beside the tablet's; `serial` goes into the result. Raises AccessRefused without a clock."""
    (value,), at = yield from read_all(attributes(CLOCK, required_name(model.clock, "clock"), TIME))
    meter_time = clock_time(value, at)
    drift = None if meter_time is None else round((meter_time - at).total_seconds())
    warnings = (NOT_SET,) if meter_time is None else ()
    return ClockCheck(serial, meter_time, drift, _status_words(value), warnings=warnings)


def _status_words(value: Data) -> tuple[str, ...]:
    try:
        status = read_date_time(value).status
    except MalformedData:
        return ClockStatus.INVALID_VALUE.words
    return status.words if status else ()


def _set(model: MeterModel, before: ClockCheck) -> Dialogue[None]:
    """Sets the clock to the tablet's time at its latest answer, for which it is read once more."""
    (attribute,) = attributes(CLOCK, required_name(model.clock, "clock"), TIME)
    _, at = yield from read_all((attribute,))
    value = Data(Tag.OCTET_STRING, encode_date_time(at))
    yield from make_change(Write((attribute, value), {"drift_s": before.drift_s}))


def _confirm(before: ClockCheck, parameters: SetClock) -> None:
    far_off = before.drift_s is None or abs(before.drift_s) > FAR_OFF_S
    if far_off and not parameters.far_off:
        raise InputError(code="clock-far-off", seconds=before.drift_s if before.drift_s is not None else "?")
