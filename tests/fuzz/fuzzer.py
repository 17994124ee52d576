"""The fuzzer: an input that reaches a new edge joins the corpus, and one that breaks a promise is a finding."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from agent.bootstrap import ROOT
from tests.fuzz.mutations import Mutator
from tests.fuzz.target import Target
from tests.fuzz.traced import Edge, TooManySteps, Trace, is_watched, traced

_WEIGHED = 8
"""Every so many runs memory is weighed, which makes a run three times as long."""


@dataclass(frozen=True)
class Finding:
    """An input that breaks a promise; findings of one `what` have the same cause."""

    octets: bytes
    what: str


class Fuzzer:
    """Fuzzes one target; the same seed and corpus give the same inputs in the same order."""

    def __init__(self, target: Target, corpus: Iterable[bytes], seed: int = 0) -> None:
        self.target = target
        self.entries: list[bytes] = []
        self.findings: dict[str, Finding] = {}
        self.edges: set[Edge] = set()
        self.runs = 0
        self._dice = Random(seed)
        self._mutator = Mutator(self._dice, target.tokens, target.repair)
        for octets in (*target.seeds, *corpus):
            self._warm_up(octets)
        for octets in (*target.seeds, *corpus):
            self.take(octets, weigh=True)

    def step(self) -> None:
        """One more input."""
        last = len(self.entries) - 1
        newer = max(self._dice.randint(0, last), self._dice.randint(0, last))
        octets = self._mutator.mutate(self.entries[newer], self._dice.choice(self.entries))
        self.take(octets, weigh=self.runs % _WEIGHED == 0)

    def take(self, octets: bytes, *, weigh: bool) -> None:
        """Runs an input, and keeps it if it is the first to take some edge."""
        self.runs += 1
        trace = self._trace(octets, weigh=weigh)
        if what := self._broken(octets, trace):
            if what not in self.findings:
                self.findings[what] = Finding(self._shrunk(octets, what), what)
        elif not self.entries or not trace.edges <= self.edges:
            self.entries.append(octets)
            self.edges |= trace.edges

    def minimal(self) -> list[bytes]:
        """Few and short entries that take all edges together."""
        traces = {octets: self._trace(octets, weigh=False).edges for octets in sorted(self.entries, key=len)}
        left, chosen = set(self.edges), []
        while left:
            best = max(traces, key=lambda octets: len(traces[octets] & left) / (len(octets) + 8))
            if not traces[best] & left:
                break
            chosen.append(self._trimmed(best, frozenset(traces[best] & left)))
            left -= traces[best]
        return chosen

    def _trace(self, octets: bytes, *, weigh: bool) -> Trace:
        return traced(self.target.run, octets, self.target.budget.steps(len(octets)), weigh=weigh)

    def _warm_up(self, octets: bytes) -> None:
        """What is imported at the first use is no cost of an input."""
        try:
            self.target.run(octets)
        except Exception:
            pass

    def _broken(self, octets: bytes, trace: Trace) -> str | None:
        allowed = self.target.budget.memory(len(octets))
        if trace.peak > allowed and self._trace(octets, weigh=True).peak > allowed:
            return "too much memory"  # twice: what else this process did meanwhile is no cost of the input
        if isinstance(trace.error, TooManySteps):
            return "too many steps"
        if trace.error is None or isinstance(trace.error, self.target.errors):
            return None
        return f"{type(trace.error).__name__} in {_place(trace.error)}"

    def _shrunk(self, octets: bytes, what: str) -> bytes:
        """A short input with the same finding."""

        def is_the_same(candidate: bytes) -> bool:
            return self._broken(candidate, self._trace(candidate, weigh=what == "too much memory")) == what

        return _without_blocks(octets, is_the_same)

    def _trimmed(self, octets: bytes, wanted: frozenset[Edge]) -> bytes:
        return _without_blocks(octets, lambda candidate: wanted <= self._trace(candidate, weigh=False).edges)


def _without_blocks(octets: bytes, is_good: Callable[[bytes], bool]) -> bytes:
    """The octets without all blocks that can be left out, large ones first."""
    size = len(octets) // 2
    while size:
        at = 0
        while at < len(octets):
            shorter = octets[:at] + octets[at + size :]
            if is_good(shorter):
                octets = shorter
            else:
                at += size
        size //= 2
    return octets


def _place(error: BaseException) -> str:
    """Where in our code it was raised; without line numbers, which change with every edit."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_watched(frame.filename)]
    return f"{Path(frames[-1].filename).relative_to(ROOT).as_posix()} {frames[-1].name}" if frames else "the test"
