"""One run under watch: which edges of the code it takes, how many lines, how much memory.

`sys.settrace` works alike on every Python and platform, unlike fuzzers that need a compiler or a wheel.
"""

import functools
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any

from agent.bootstrap import ROOT

Edge = tuple[str, int, int]
"""File, line, next line; line 0 is the entry of a function."""
_WATCHED = str(ROOT / "agent")
_CACHED = type(functools.cache(len))


class TooManySteps(BaseException):
    """More lines than the run is allowed. Not an Exception, so that no decoder takes it for a refusal."""


@dataclass(frozen=True)
class Trace:
    """`steps` are lines of the watched code; `peak` is octets of memory beyond those held before, if weighed."""

    edges: frozenset[Edge]
    steps: int
    peak: int
    error: BaseException | None


def traced(run: Callable[[bytes], object], octets: bytes, limit: int, *, weigh: bool = False) -> Trace:
    """Runs it once, with cold caches; whatever it raises is in the trace. Memory is weighed where it is asked for."""
    _forget()
    edges: set[Edge] = set()
    steps = 0

    def on_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        if not is_watched(frame.f_code.co_filename):
            return None
        name, before = frame.f_code.co_filename, 0

        def on_line(frame: FrameType, event: str, _argument: Any) -> Any:
            nonlocal before, steps
            if event == "line":
                line = frame.f_lineno
                edges.add((name, before, line))
                before = line
                steps += 1
                if steps > limit:
                    raise TooManySteps(f"more than {limit} lines for {len(octets)} octets")
            return on_line

        return on_line

    peak, error = 0, None
    earlier = sys.gettrace()
    if weigh:
        tracemalloc.start()
    sys.settrace(on_call)
    try:
        run(octets)
    except (Exception, TooManySteps) as caught:
        error = caught
    finally:
        sys.settrace(earlier)
        if weigh:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    return Trace(frozenset(edges), steps, peak, error)


@functools.cache
def is_watched(file: str) -> bool:
    """Whether this file is part of the program."""
    return file.startswith(_WATCHED)


def _forget() -> None:
    """What a cache remembers from an earlier run would hide edges of this one."""
    for cached in _caches(len(sys.modules)):
        cached.cache_clear()


@functools.lru_cache(maxsize=1)
def _caches(_modules: int) -> list[Any]:
    watched = [module for module in list(sys.modules.values()) if is_watched(_file(module))]
    return [value for module in watched for value in vars(module).values() if isinstance(value, _CACHED)]


def _file(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or ""
