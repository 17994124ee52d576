"""The life of the way to a probe: one table, and nothing else changes a state."""

from enum import StrEnum

from agent.domain.errors import LocalProtocolError


class State(StrEnum):
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


class Event(StrEnum):
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


_WHILE_OPENING = {Event.ENDED: State.DRAINING}

NEXT: dict[State, dict[Event, State]] = {
    State.OFF: {
        Event.SCAN: State.SCANNING,
        Event.CONNECT: State.CONNECTING,
        Event.DUE: State.CONNECTING,
        Event.RELEASED: State.IDLE,
    },
    State.IDLE: {Event.SCAN: State.SCANNING, Event.CONNECT: State.CONNECTING},
    State.SCANNING: {Event.STOP_SCAN: State.IDLE, Event.NO_RADIO: State.OFF},
    State.CONNECTING: {**_WHILE_OPENING, Event.LINKED: State.DISCOVERING},
    State.DISCOVERING: {**_WHILE_OPENING, Event.RECOGNISED: State.SUBSCRIBING, Event.CONNECT: State.CONNECTING},
    State.SUBSCRIBING: {**_WHILE_OPENING, Event.PAIR_ASKED: State.PAIRING, Event.SUBSCRIBED: State.READY},
    State.PAIRING: {**_WHILE_OPENING, Event.PAIRED: State.SUBSCRIBING},
    State.READY: {Event.ENDED: State.DRAINING},
    State.DRAINING: {
        Event.RELEASED: State.IDLE,
        Event.RETRY: State.BACKING_OFF,
        Event.NO_RADIO: State.OFF,
    },
    State.BACKING_OFF: {
        Event.DUE: State.CONNECTING,
        Event.HEARD: State.CONNECTING,
        Event.RELEASED: State.IDLE,
    },
}
"""A scan has to stop before a connection begins; every connection ends by draining, however it went."""


def next_state(state: State, event: Event) -> State:
    """Raises LocalProtocolError where the table has no such event."""
    following = NEXT[state].get(event)
    if following is None:
        raise LocalProtocolError(f"{event} while {state}")
    return following
