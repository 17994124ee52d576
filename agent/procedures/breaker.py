"""Detachment and reconnection of the customer's supply (IEC 62056-6-2:2017, Disconnect control, class_id 70)."""

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
"""How often, and how many seconds apart, the switch is looked at until it has followed its control."""

_WORDS: dict[BreakerState, Literal["disconnected", "connected", "ready"]] = {
    BreakerState.DISCONNECTED: "disconnected",
    BreakerState.CONNECTED: "connected",
    BreakerState.READY_FOR_RECONNECTION: "ready",
}


def disconnect(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[BreakerChange]:
    """Disconnects the customer.

    Raises:
        OtherMeter: the meter in front has another serial number.
        AccessRefused: it has no disconnect control, or does not give its state; nothing was done.
        InputError: `control-mode-forbids`; nothing was done.
        ChangeRefused: the meter did not do it.
    """
    step = Steps(Activity.DISCONNECT.facts.steps)
    return (yield from _switch(model, serial, parameters, step, _DISCONNECT, {BreakerState.DISCONNECTED}))


def reconnect(model: MeterModel, serial: str | None, parameters: Parameters) -> Dialogue[BreakerChange]:
    """Connects the customer, or makes the meter ready for the customer to connect with its button.

    Raises as `disconnect`.
    """
    wanted = {BreakerState.CONNECTED, BreakerState.READY_FOR_RECONNECTION}
    step = Steps(Activity.RECONNECT.facts.steps)
    return (yield from _switch(model, serial, parameters, step, _RECONNECT, wanted))


def recover_disconnect(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[BreakerChange]]:
    """The state of the breaker now tells what became of the change. Raises OtherMeter, AccessRefused."""
    step = Steps(Activity.DISCONNECT.facts.recovery_steps)
    return (yield from _recover(model, serial, parameters, step, evidence, {BreakerState.DISCONNECTED}))


def recover_reconnect(
    model: MeterModel, serial: str | None, parameters: Parameters, evidence: Evidence
) -> Dialogue[Verdict[BreakerChange]]:
    """As `recover_disconnect`."""
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
    """Mode 0 allows no remote switching at all; not every other mode allows a remote reconnection."""
    allowed = _MODES_THAT_RECONNECT_AT_ONCE | _MODES_THAT_MAKE_READY
    if mode == _MODE_THAT_DOES_NOTHING or (method == _RECONNECT and mode not in allowed):
        raise InputError(code="control-mode-forbids", mode=mode)


def _until_followed(name: str, wanted: set[BreakerState]) -> Dialogue[Breaker]:
    """The state once the switch is where it should be, or when its time is up."""
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
    """Whether the switch is closed exactly when the control says connected."""
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
