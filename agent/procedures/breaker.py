"""Detachment and reconnection: the disconnect control of the customer's supply (IEC 62056-6-2, class 70)."""

from collections.abc import Generator
from typing import Any, Literal

from agent.dlms import MethodDescriptor, Obis
from agent.dlms.cosem.values import boolean, enumerated
from agent.domain.activity import Activity
from agent.domain.errors import InputError, MalformedData
from agent.domain.parameters import Detach, Parameters
from agent.domain.reading import Breaker, BreakerState
from agent.domain.results import BreakerChange
from agent.meters import MeterModel
from agent.procedures.configuring import NO_PARAMETER
from agent.procedures.dialogue import Dialogue, Evidence, Pause, Steps, Verdict, Write
from agent.procedures.identify import identify
from agent.procedures.values import attributes, make_change, read_all, required_name

DISCONNECT_CONTROL = 70
_OUTPUT, _CONTROL, _MODE = 2, 3, 4
_DISCONNECT, _RECONNECT = 1, 2
_MODES_THAT_RECONNECT_AT_ONCE = frozenset({2, 4})
_MODES_THAT_MAKE_READY = frozenset({1, 3, 5, 6})
_MODE_THAT_DOES_NOTHING = 0
POLLS, BETWEEN_POLLS = 10, 1.0
"""The switch has so many times so many seconds to follow."""

_WORDS: dict[BreakerState, Literal["disconnected", "connected", "ready"]] = {
    BreakerState.DISCONNECTED: "disconnected",
    BreakerState.CONNECTED: "connected",
    BreakerState.READY_FOR_RECONNECTION: "ready",
}


def disconnect(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[BreakerChange]:
    """Cuts the customer off.

    Raises:
        InputError: `control-mode-forbids`; nothing was done.
        ChangeRefused: the meter did not do it.
    """
    step = Steps(Activity.DISCONNECT.facts.steps)
    return (yield from _switch(model, serial, parameters, step, _DISCONNECT, {BreakerState.DISCONNECTED}))


def reconnect(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[BreakerChange]:
    """Connects the customer, or makes the meter ready for the customer to do it with its button.

    Raises as `disconnect`.
    """
    wanted = {BreakerState.CONNECTED, BreakerState.READY_FOR_RECONNECTION}
    step = Steps(Activity.RECONNECT.facts.steps)
    return (yield from _switch(model, serial, parameters, step, _RECONNECT, wanted))


def recover_disconnect(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[BreakerChange]]:
    """What the breaker is now says what became of the change."""
    step = Steps(Activity.DISCONNECT.facts.recovery_steps)
    return (yield from _recover(model, serial, parameters, step, evidence, {BreakerState.DISCONNECTED}))


def recover_reconnect(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[BreakerChange]]:
    wanted = {BreakerState.CONNECTED, BreakerState.READY_FOR_RECONNECTION}
    step = Steps(Activity.RECONNECT.facts.recovery_steps)
    return (yield from _recover(model, serial, parameters, step, evidence, wanted))


def _switch(
    model: MeterModel, serial: str | None, parameters: Parameters, step: Steps, method: int, wanted: set[BreakerState]
) -> Dialogue[BreakerChange]:
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("readcontrolmode")
    name = required_name(model.disconnect_control, "disconnect control")
    (mode,), _ = yield from read_all(attributes(DISCONNECT_CONTROL, name, _MODE))
    _permit(enumerated(mode), method)
    yield step("readbreaker")
    before = yield from _state(name)
    if before.control in wanted and _has_followed(before):
        yield step("checkbreaker")
        return _change(found, before, before, parameters)
    yield step("switch")
    invoked = MethodDescriptor(DISCONNECT_CONTROL, Obis.parse(name), method)
    yield from make_change(Write((invoked, NO_PARAMETER), _evidence(before)))
    yield step("checkbreaker")
    after = yield from _until_followed(name, wanted)
    return _change(found, before, after, parameters)


def _recover(
    model: MeterModel,
    serial: str | None,
    parameters: Parameters,
    step: Steps,
    evidence: Evidence,
    wanted: set[BreakerState],
) -> Dialogue[Verdict[BreakerChange]]:
    yield step("readserial")
    found = yield from identify(model, serial)
    yield step("checkbreaker")
    now = yield from _until_followed(required_name(model.disconnect_control, "disconnect control"), wanted)
    if now.control not in wanted:
        return Verdict("not-applied")
    return Verdict("applied", _change(found, _breaker(evidence), now, parameters))


def _permit(mode: int, method: int) -> None:
    """In mode 0 nothing is switched from afar; a reconnection needs a mode that has one at all."""
    allowed = _MODES_THAT_RECONNECT_AT_ONCE | _MODES_THAT_MAKE_READY
    if mode == _MODE_THAT_DOES_NOTHING or (method == _RECONNECT and mode not in allowed):
        raise InputError(code="control-mode-forbids", mode=mode)


def _until_followed(name: str, wanted: set[BreakerState]) -> Dialogue[Breaker]:
    """The states, as soon as the switch is where it should be, or when its time is over."""
    now = yield from _state(name)
    for _ in range(POLLS):
        if now.control in wanted and _has_followed(now):
            break
        yield Pause(BETWEEN_POLLS)
        now = yield from _state(name)
    return now


def _state(name: str) -> Generator[Any, Any, Breaker]:
    (output, control), _ = yield from read_all(attributes(DISCONNECT_CONTROL, name, _OUTPUT, _CONTROL))
    try:
        return Breaker(BreakerState(enumerated(control)), boolean(output))
    except ValueError:
        raise MalformedData("unknown control state") from None


def _has_followed(breaker: Breaker) -> bool:
    """The switch is closed where the control says so, and only there."""
    return breaker.output is (breaker.control is BreakerState.CONNECTED)


def _change(serial: str, before: Breaker, after: Breaker, parameters: Parameters) -> BreakerChange:
    reason = parameters.reason if isinstance(parameters, Detach) else None
    assert after.control is not None
    return BreakerChange(serial, before, after, _WORDS[after.control], reason)


def _evidence(before: Breaker) -> Evidence:
    assert before.control is not None
    return {"control": int(before.control), "output": None if before.output is None else int(before.output)}


def _breaker(evidence: Evidence) -> Breaker:
    control, output = evidence["control"], evidence["output"]
    assert isinstance(control, int)
    return Breaker(BreakerState(control), None if output is None else bool(output))
