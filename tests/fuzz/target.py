"""What is fuzzed: a function of octets, what it may raise, and how much it may cost."""

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.domain.errors import MalformedData


@dataclass(frozen=True)
class Budget:
    """What a run on n octets may cost: `fixed + n * each`, in lines of our code and in octets of memory.

    A compact-array may hold sixteen values for each of its octets, and nothing costs more than that.
    """

    fixed_steps: int = 20_000
    steps_each: int = 500
    fixed_memory: int = 1 << 20
    memory_each: int = 4_000

    def steps(self, octets: int) -> int:
        return self.fixed_steps + self.steps_each * octets

    def memory(self, octets: int) -> int:
        return self.fixed_memory + self.memory_each * octets


@dataclass(frozen=True)
class Target:
    """`run` raises nothing but `errors`, which its docstring names; an AssertionError is a broken promise too.

    `tokens` are words that are put into inputs; `repair` makes the checksums of an input right.
    """

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    errors: tuple[type[Exception], ...] = (MalformedData,)
    tokens: tuple[bytes, ...] = ()
    repair: Callable[[bytes], bytes] | None = None
    budget: Budget = field(default_factory=Budget)

    @property
    def is_session(self) -> bool:
        """Each run takes many turns, and so much longer."""
        return self.budget.fixed_steps > Budget.fixed_steps
