"""The states of the connection to a probe: one table, and nothing else changes a state."""

from enum import StrEnum

from agent.domain.errors import LocalProtocolError


class ProbeState(StrEnum):
    """What the connection to a probe is doing."""

    OFF = "off"
    """Bluetooth cannot be used."""
    IDLE = "idle"
    SCANNING = "scanning"
    CONNECTING = "connecting"
    DISCOVERING = "discovering"
    PAIRING = "pairing"
    SUBSCRIBING = "subscribing"
    READY = "ready"
    DRAINING = "draining"
    """A write under way is finished, then the connection is closed."""
    BACKING_OFF = "backing-off"
    """The probe was lost or not found: waiting for the next attempt, and listening for its advertisements."""


class ProbeEvent(StrEnum):
    """What moves the connection from one state to the next."""

    SCAN = "scan"
    STOP_SCAN = "stop-scan"
    CONNECT = "connect"
    LINKED = "linked"
    RECOGNISED = "recognised"
    PAIR_ASKED = "pair-asked"
    PAIRED = "paired"
    SUBSCRIBED = "subscribed"
    ENDED = "ended"
    """Lost, failed, or closed on request."""
    RELEASED = "released"
    """The probe is no longer wanted, or given up."""
    RETRY = "retry"
    DUE = "due"
    """The time for the next attempt has come."""
    HEARD = "heard"
    """The probe advertises again."""
    NO_RADIO = "no-radio"


_S, _E = ProbeState, ProbeEvent
_OPENING = {_E.ENDED: _S.DRAINING}

NEXT: dict[ProbeState, dict[ProbeEvent, ProbeState]] = {
    _S.OFF: {_E.SCAN: _S.SCANNING, _E.CONNECT: _S.CONNECTING, _E.DUE: _S.CONNECTING, _E.RELEASED: _S.IDLE},
    _S.IDLE: {_E.SCAN: _S.SCANNING, _E.CONNECT: _S.CONNECTING},
    _S.SCANNING: {_E.STOP_SCAN: _S.IDLE, _E.NO_RADIO: _S.OFF},
    _S.CONNECTING: {**_OPENING, _E.LINKED: _S.DISCOVERING},
    _S.DISCOVERING: {**_OPENING, _E.RECOGNISED: _S.SUBSCRIBING, _E.CONNECT: _S.CONNECTING},
    _S.SUBSCRIBING: {**_OPENING, _E.PAIR_ASKED: _S.PAIRING, _E.SUBSCRIBED: _S.READY},
    _S.PAIRING: {**_OPENING, _E.PAIRED: _S.SUBSCRIBING},
    _S.READY: {_E.ENDED: _S.DRAINING},
    _S.DRAINING: {_E.RELEASED: _S.IDLE, _E.RETRY: _S.BACKING_OFF, _E.NO_RADIO: _S.OFF},
    _S.BACKING_OFF: {_E.DUE: _S.CONNECTING, _E.HEARD: _S.CONNECTING, _E.RELEASED: _S.IDLE},
}
"""A scan has to stop before a connection begins; every connection ends by draining, however it ends."""


def next_state(state: ProbeState, event: ProbeEvent) -> ProbeState:
    """The state that the table gives.

    Raises:
        LocalProtocolError: the event cannot happen in that state.
    """
    following = NEXT[state].get(event)
    if following is None:
        raise LocalProtocolError(f"{event} while {state}")
    return following
