"""What a visit may end with: every value right or named as missing; else an error of ours, in words, and in time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import inf
from typing import Any

from agent.dlms import AttributeDescriptor, Data, Obis, Tag
from agent.dlms.cosem.registers import register
from agent.domain.errors import LocalProtocolError, NoAnswer
from agent.domain.reading import BreakerState, MeterReading
from agent.domain.results import ClockCheck, EventLog, InstantValues, LoadProfile
from agent.domain.simulated import SIMULATED
from agent.domain.words import table
from agent.procedures.profile_rows import FAR_OFF
from agent.simulator.load_profile import cells
from agent.simulator.quirks import Quirks
from agent.simulator.quirks.profile import DEMAND_CELL, DEMAND_SCALER
from agent.simulator.quirks.values import SLASHED_SERIAL, SPACED_SERIAL
from tests.dlms.virtual_line import LAST_ROW
from tests.quirks.visit import RANGE, SERIAL, Errand, Outcome

SANE_SECONDS, SANE_SECONDS_A_WRITE = 120.0, 3.0
LOSSY = "octets-swallowed"
"""A meter with which each repetition has its time."""
_SILENCE_S = 5.0
_MOST_SHOWN = 3
_SERIALS = {SERIAL, SPACED_SERIAL, SLASHED_SERIAL, SIMULATED + SERIAL}
"""The last one is the logical device name."""
_METER_TIME = LAST_ROW + timedelta(seconds=3)
_PERIOD = timedelta(minutes=15)


@dataclass
class Verdict:
    """`wrong` must be empty; `missing` are the values that the result does not have."""

    wrong: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "; ".join(self.wrong[:_MOST_SHOWN]) or (
            "missing " + " ".join(sorted(self.missing)) if self.missing else "right"
        )


def judge(outcome: Outcome, errand: Errand, names: tuple[str, ...]) -> Verdict:
    """Of the whole visit."""
    verdict = Verdict()
    verdict.wrong += _late(outcome, Quirks.named(names))
    if outcome.error is not None:
        verdict.wrong += _badly_said(outcome)
    elif errand is Errand.READING:
        _reading(outcome, verdict)
    elif errand is Errand.INSTANT:
        _instant(outcome, verdict)
    elif errand is Errand.CLOCK:
        _clock(outcome, verdict)
    elif errand is Errand.EVENTS:
        _events(outcome, verdict)
    elif errand is Errand.OBJECTS:
        _objects(outcome, verdict)
    if errand is Errand.LOAD_PROFILE:
        _load_profile(outcome, verdict)
    return verdict


def _late(outcome: Outcome, quirks: Quirks) -> Iterator[str]:
    usual = 2 * SANE_SECONDS if any(quirk.name == LOSSY for quirk in quirks.chosen) else SANE_SECONDS
    allowed = usual + outcome.writes * (quirks.pause and quirks.pause + SANE_SECONDS_A_WRITE)
    if outcome.seconds > allowed:
        yield f"took {outcome.seconds:.0f} s with {outcome.writes} writes"


def _badly_said(outcome: Outcome) -> Iterator[str]:
    error = outcome.error
    assert error is not None
    if isinstance(error, LocalProtocolError):
        yield f"a fault of ours: {error}"
    if error.code not in table("en") or error.code == "internal":
        yield f"no words for {error.code}"
    silence = _SILENCE_S if not outcome.is_readout else inf
    if isinstance(error, NoAnswer) and outcome.heard is not None and outcome.heard < silence:
        yield f"no-answer, and octets came {outcome.heard:.1f} s before"


# ── each errand ──


def _serial(found: str) -> Iterator[str]:
    if found not in _SERIALS:
        yield f"serial {found}"


def _time(found: Any, verdict: Verdict) -> None:
    if found is None:
        verdict.missing.add("clock")
    elif found != _METER_TIME:
        verdict.wrong.append(f"clock {found}")


def _reading(outcome: Outcome, verdict: Verdict) -> None:
    reading, energies = outcome.result, outcome.meter.energies()
    assert isinstance(reading, MeterReading)
    verdict.wrong += _serial(reading.serial)
    verdict.warnings = reading.warnings
    if reading.total.value != sum(energies):
        verdict.wrong.append(f"total {reading.total.value}")
    for number, energy in enumerate(energies, 1):
        quantity = reading.tariffs.get(f"t{number}")
        if quantity is None:
            verdict.missing.add(f"t{number}")
        elif quantity.value != energy:
            verdict.wrong.append(f"t{number} {quantity.value}")
    if verdict.missing and not reading.warnings:
        verdict.wrong.append(f"{verdict} without a warning")
    if not outcome.is_readout:
        _beside_registers(reading, verdict)


def _beside_registers(reading: MeterReading, verdict: Verdict) -> None:
    _time(reading.meter_time, verdict)
    if reading.breaker is None or reading.breaker.control is None:
        verdict.missing.add("breaker")
    elif reading.breaker.control is not BreakerState.CONNECTED or reading.breaker.output is False:
        verdict.wrong.append(f"breaker {reading.breaker}")
    if reading.app_version is None:
        verdict.missing.add("version")


def _instant(outcome: Outcome, verdict: Verdict) -> None:
    values = outcome.result
    assert isinstance(values, InstantValues)
    verdict.wrong += _serial(values.serial)
    _time(values.meter_time, verdict)
    for name in ("u1", "i1", "p", "q", "pf", "f"):
        quantity = values.quantities.get(name)
        if quantity is None:
            verdict.missing.add(name)
        elif quantity.value != _true_value(outcome, quantity.obis):
            verdict.wrong.append(f"{name} {quantity.value}")


def _true_value(outcome: Outcome, name: str) -> Decimal:
    value, unit = (outcome.meter.read(1, AttributeDescriptor(3, Obis.parse(name), n)) for n in (2, 3))
    assert isinstance(value, Data) and isinstance(unit, Data)
    return register(value, unit).value


def _clock(outcome: Outcome, verdict: Verdict) -> None:
    check = outcome.result
    assert isinstance(check, ClockCheck)
    verdict.wrong += _serial(check.serial)
    _time(check.meter_time, verdict)


def _events(outcome: Outcome, verdict: Verdict) -> None:
    log = outcome.result
    assert isinstance(log, EventLog)
    verdict.wrong += _serial(log.serial)
    if not log.entries:
        verdict.missing.add("event")
    for entry in log.entries:
        if entry.at not in (None, _METER_TIME) or entry.code != 2:
            verdict.wrong.append(f"event {entry}")


def _objects(outcome: Outcome, verdict: Verdict) -> None:
    listed = outcome.result
    assert isinstance(listed, tuple)
    known = outcome.meter.read(1, AttributeDescriptor(15, Obis(0, 0, 40, 0, 0), 2))
    assert isinstance(known, Data)
    names = {bytes(each.obis) for each in listed}
    verdict.missing |= {entry.value[2].value.hex() for entry in known.value if entry.value[2].value not in names}


# ── load profile ──


def _load_profile(outcome: Outcome, verdict: Verdict) -> None:
    """Rows that came are right, in order and once, also before an error."""
    names = [str(channel.name) for channel in outcome.channels]
    truth = {int(total.value): (moment, int(reactive.value)) for moment, total, reactive in _true_rows(outcome)}
    seen: list[Any] = []
    outside = 0
    for row in outcome.rows:
        found = _cell(row, names, "1.0.1.8.0.255")
        if not isinstance(found, Decimal | int) or int(found) not in truth:
            verdict.wrong.append(f"row {row}")
            continue
        moment, reactive = truth[int(found)]
        seen.append(moment)
        verdict.wrong += _row(row, names, moment, reactive)
        outside += _time_of(row, names) is not None and not RANGE.first - FAR_OFF <= moment <= RANGE.last
    if len(seen) != len(set(seen)):
        verdict.wrong.append("a row twice")
    if outside:  # where a row has no time, nobody knows; and a meter's zone may be another one
        verdict.wrong.append("rows out of the range")
    wanted = {moment for moment, _, _ in _true_rows(outcome) if RANGE.first <= moment <= RANGE.last}
    if wanted - set(seen) and outcome.error is None:
        verdict.missing.add(f"{len(wanted - set(seen))} rows")
        assert isinstance(outcome.result, LoadProfile)
        if outcome.result.rows_held and not outcome.result.warnings:
            verdict.wrong.append(f"{verdict} without a warning")


def _row(row: tuple[Any, ...], names: list[str], moment: Any, reactive: int) -> Iterator[str]:
    time = _time_of(row, names)
    if time not in (None, moment):
        yield f"time {time} instead of {moment}"
    found = _cell(row, names, "1.0.3.8.0.255")
    if isinstance(found, Decimal | int) and int(found) != reactive:
        yield f"reactive {found}"
    demand = _cell(row, names, "1.0.1.4.0.255")
    if demand is not None and demand != Decimal(DEMAND_CELL).scaleb(DEMAND_SCALER):
        yield f"demand {demand}"
    for cell in row:
        if isinstance(cell, str) and cell.startswith(("[", "b'", "07ea")):
            yield f"unreadable cell {cell}"


def _time_of(row: tuple[Any, ...], names: list[str]) -> Any:
    return next((cell for cell, name in zip(row, names, strict=True) if "0.0.1.0.0.255" in name), None)


def _cell(row: tuple[Any, ...], names: list[str], wanted: str) -> Any:
    """The first number of the columns of that object."""
    cells_found = [cell for cell, name in zip(row, names, strict=True) if wanted in name]
    return next((cell for cell in cells_found if isinstance(cell, Decimal | int)), None)


def _true_rows(outcome: Outcome) -> Iterator[tuple[Any, Data, Data]]:
    profile = outcome.meter._registers
    for back in range(120):
        moment = LAST_ROW - back * _PERIOD
        _, active, reactive = cells(sum(profile.use.energies(moment)), 2)
        assert active.tag is Tag.DOUBLE_LONG_UNSIGNED
        yield moment, active, reactive
