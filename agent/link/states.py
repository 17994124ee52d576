"""The life of the way to a probe: one table, and nothing else changes a state."""

from enum import StrEnum

from agent.domain.errors import LocalProtocolError


class ProbeState(StrEnum):
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
    """What was being written goes out, then the connection ends."""
    BACKING_OFF = "backing-off"
    """The probe was lost or not there; it is waited for, and listened for."""


class ProbeEvent(StrEnum):
    SCAN = "scan"
    STOP_SCAN = "stop-scan"
    CONNECT = "connect"
    LINKED = "linked"
    RECOGNISED = "recognised"
    PAIR_ASKED = "pair-asked"
    PAIRED = "paired"
    SUBSCRIBED = "subscribed"
    ENDED = "ended"
    """Lost, failed, or let go."""
    RELEASED = "released"
    RETRY = "retry"
    DUE = "due"
    HEARD = "heard"
    NO_RADIO = "no-radio"


_WHILE_OPENING = {ProbeEvent.ENDED: ProbeState.DRAINING}

NEXT: dict[ProbeState, dict[ProbeEvent, ProbeState]] = {
    ProbeState.OFF: {
        ProbeEvent.SCAN: ProbeState.SCANNING,
        ProbeEvent.CONNECT: ProbeState.CONNECTING,
        ProbeEvent.DUE: ProbeState.CONNECTING,
        ProbeEvent.RELEASED: ProbeState.IDLE,
    },
    ProbeState.IDLE: {ProbeEvent.SCAN: ProbeState.SCANNING, ProbeEvent.CONNECT: ProbeState.CONNECTING},
    ProbeState.SCANNING: {ProbeEvent.STOP_SCAN: ProbeState.IDLE, ProbeEvent.NO_RADIO: ProbeState.OFF},
    ProbeState.CONNECTING: {**_WHILE_OPENING, ProbeEvent.LINKED: ProbeState.DISCOVERING},
    ProbeState.DISCOVERING: {
        **_WHILE_OPENING,
        ProbeEvent.RECOGNISED: ProbeState.SUBSCRIBING,
        ProbeEvent.CONNECT: ProbeState.CONNECTING,
    },
    ProbeState.SUBSCRIBING: {
        **_WHILE_OPENING,
        ProbeEvent.PAIR_ASKED: ProbeState.PAIRING,
        ProbeEvent.SUBSCRIBED: ProbeState.READY,
    },
    ProbeState.PAIRING: {**_WHILE_OPENING, ProbeEvent.PAIRED: ProbeState.SUBSCRIBING},
    ProbeState.READY: {ProbeEvent.ENDED: ProbeState.DRAINING},
    ProbeState.DRAINING: {
        ProbeEvent.RELEASED: ProbeState.IDLE,
        ProbeEvent.RETRY: ProbeState.BACKING_OFF,
        ProbeEvent.NO_RADIO: ProbeState.OFF,
    },
    ProbeState.BACKING_OFF: {
        ProbeEvent.DUE: ProbeState.CONNECTING,
        ProbeEvent.HEARD: ProbeState.CONNECTING,
        ProbeEvent.RELEASED: ProbeState.IDLE,
    },
}
"""A scan has to stop before a connection begins; every connection ends by draining, however it went."""


def next_state(state: ProbeState, event: ProbeEvent) -> ProbeState:
    """Raises LocalProtocolError where the table has no such event."""
    following = NEXT[state].get(event)
    if following is None:
        raise LocalProtocolError(f"{event} while {state}")
    return following
