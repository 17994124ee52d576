"""What every side of a comparison does alike, in its own process: measure one task, say how long and what came out.

Arguments: task, seconds to spend. The task's octets come on stdin; one JSON object goes to stdout.
"""

import gc
import hashlib
import json
import sys
import timeit
from datetime import datetime


def main(tasks) -> None:
    """`tasks` are functions from octets to whatever the task makes of them."""
    name, seconds = sys.argv[1], float(sys.argv[2])
    octets = sys.stdin.buffer.read()
    result = tasks[name](octets)
    best = measure(tasks[name], octets, seconds)
    print(json.dumps({"seconds": best, "digest": hashlib.sha256(json.dumps(plain(result)).encode()).hexdigest()}))


def measure(task, octets: bytes, seconds: float) -> float:
    """Seconds of one call: the best of all rounds that fit into the time. A round takes milliseconds."""
    timer = timeit.Timer(lambda: task(octets))
    calls, taken = 1, timer.timeit(1)
    while taken < 0.005:
        calls, taken = calls * 4, timer.timeit(calls * 4)
    gc.collect()
    return min(timer.repeat(max(3, int(seconds / taken)), calls)) / calls


def plain(value):
    """The same text for the same values, whatever classes a library has for them."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return value if value is None else int(value)
