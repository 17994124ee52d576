"""Time without the watch: how it grows with the input, where lines are not counted because C does the work."""

import time
from collections.abc import Iterator, Sequence
from random import Random
from statistics import median

from tests.fuzz.fuzzer import Finding
from tests.fuzz.target import Target

LONG, LONGER = 1 << 13, 1 << 15
RECIPES = 60
MOST_TIMES_MEDIAN = 100
MOST_GROWTH = 10
"""A run on four times the octets takes four times as long, and sixteen times if it is quadratic."""
_NOISE = 0.1
"""Seconds of the processor's time below which nothing is said of a run."""


def wasteful(target: Target, entries: Sequence[bytes], seed: int = 0) -> Iterator[Finding]:
    """Inputs, grown from entries by repeating a block, that take more than a linear time, or far more than others."""
    seconds = []
    for recipe in range(RECIPES):
        dice = Random(f"{seed}/{recipe}")
        entry = dice.choice(entries)
        start = dice.randrange(len(entry) + 1)
        end = dice.randint(start, len(entry))
        long, longer = (_grown(entry, start, end, size) for size in (LONG, LONGER))
        short_time, long_time = _seconds(target, long), _seconds(target, longer)
        seconds.append((long_time, longer))
        if long_time > _NOISE and long_time > MOST_GROWTH * short_time:
            yield Finding(longer, "more than linear time")
    limit = MOST_TIMES_MEDIAN * median(taken for taken, _ in seconds)
    for taken, octets in seconds:
        if taken > _NOISE and taken > limit:
            yield Finding(octets, f"more than {MOST_TIMES_MEDIAN} times the median time")


def _grown(entry: bytes, start: int, end: int, size: int) -> bytes:
    block = entry[start:end] or b"\x00"
    return entry[:start] + block * (size // len(block)) + entry[end:]


def _seconds(target: Target, octets: bytes) -> float:
    """The better of two, of the processor's time."""
    return min(_once(target, octets) for _ in range(2))


def _once(target: Target, octets: bytes) -> float:
    began = time.process_time()
    try:
        target.run(octets)
    except Exception:
        pass
    return time.process_time() - began
