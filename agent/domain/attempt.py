"""The states of one change in a meter, as a table. Only the tablet's journal moves an attempt through them.

    INTENT ──send──▶ SENT ──confirmed──▶ APPLIED
       │               ├────refused────▶ NOT_APPLIED
       └──dropped──▶ NOT_APPLIED
                       └────lost───────▶ UNKNOWN ──found_applied──▶ APPLIED
                                           │ ├─────found_absent───▶ NOT_APPLIED
                                           │ └─────undecidable────▶ UNDECIDED ──settled_*──▶ APPLIED | NOT_APPLIED
                                           └── lost (the meter was asked and did not answer): stays UNKNOWN

An activity of several changes sends again in SENT. A program that starts may find INTENT (nothing left this tablet:
`dropped`) or SENT (nobody knows whether the change was made: `lost`).
"""

from collections.abc import Mapping
from enum import StrEnum

from agent.domain.errors import StoreError


class AttemptState(StrEnum):
    """What is known of a change: `UNKNOWN` until the meter was asked, `UNDECIDED` if even the meter cannot tell."""

    INTENT = "intent"
    SENT = "sent"
    UNKNOWN = "unknown"
    UNDECIDED = "undecided"
    APPLIED = "applied"
    NOT_APPLIED = "not-applied"


class AttemptEvent(StrEnum):
    """`found_…` is found out at the meter by a recovery; `settled_…` is decided by a person in SMM."""

    SEND = "send"
    DROPPED = "dropped"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LOST = "lost"
    FOUND_APPLIED = "found-applied"
    FOUND_ABSENT = "found-absent"
    UNDECIDABLE = "undecidable"
    SETTLED_APPLIED = "settled-applied"
    SETTLED_ABSENT = "settled-absent"


_S, _E = AttemptState, AttemptEvent
TRANSITIONS: Mapping[tuple[AttemptState, AttemptEvent], AttemptState] = {
    (_S.INTENT, _E.SEND): _S.SENT,
    (_S.INTENT, _E.DROPPED): _S.NOT_APPLIED,
    (_S.SENT, _E.SEND): _S.SENT,
    (_S.SENT, _E.CONFIRMED): _S.APPLIED,
    (_S.SENT, _E.REFUSED): _S.NOT_APPLIED,
    (_S.SENT, _E.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _E.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _E.FOUND_APPLIED): _S.APPLIED,
    (_S.UNKNOWN, _E.FOUND_ABSENT): _S.NOT_APPLIED,
    (_S.UNKNOWN, _E.UNDECIDABLE): _S.UNDECIDED,
    (_S.UNDECIDED, _E.SETTLED_APPLIED): _S.APPLIED,
    (_S.UNDECIDED, _E.SETTLED_ABSENT): _S.NOT_APPLIED,
}
ENDED = frozenset({AttemptState.APPLIED, AttemptState.NOT_APPLIED})


def after(state: AttemptState, event: AttemptEvent) -> AttemptState:
    """The state that follows.

    Raises:
        StoreError: the event cannot happen in this state.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise StoreError(f"{event} cannot happen to an attempt that is {state}") from None
