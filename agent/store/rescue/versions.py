"""Of several versions of one row: which counts."""

from agent.domain.attempt import AttemptState
from agent.store.rescue.shapes import Row

ENDED_JOBS = frozenset({"done", "failed"})

_RANKS = {
    "outbox": {"waiting": 0, "refused": 1, "received": 2, "closed": 2},
    "jobs": {"queued": 0, "running": 1, "interrupted": 1, "failed": 2, "done": 2},
    "attempts": {state.value: place for place, state in enumerate(AttemptState)},
}
"""States in the order in which a row goes through them."""


def rank(table: str, state: str) -> int:
    """How far a row in this state has gone."""
    return _RANKS[table].get(state, -1)


def is_further(table: str, row: Row, than: Row) -> bool:
    """Whether this version of a row comes after that one; where nobody can tell, it does not."""
    return table in _RANKS and rank(table, row["state"]) > rank(table, than["state"])
