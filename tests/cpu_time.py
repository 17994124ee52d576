"""How much work something is: its CPU time beside something else's in the same run. A busy machine fails no test."""

import time
from collections.abc import Callable


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """CPU seconds of the quickest of some runs."""
    best = float("inf")
    for _ in range(runs):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def ratio(work: Callable[[], object], other: Callable[[], object]) -> float:
    """How many times as much CPU time as the other."""
    return seconds(work) / seconds(other)
