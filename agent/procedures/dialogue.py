"""What a procedure may ask for, and what it is answered."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from agent.dlms import AttributeDescriptor, Data, DataAccessResult

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """Says how far the task is; shown as `- readserial 1/7`. Answered by None."""

    name: str
    index: int
    total: int

    def __str__(self) -> str:
        return f"- {self.name} {self.index}/{self.total}"


@dataclass(frozen=True)
class Read:
    """Asks for attributes, in one request where the meter allows. Answered by an `Answer`."""

    attributes: tuple[AttributeDescriptor, ...]


@dataclass(frozen=True)
class ReadRows:
    """Asks for the buffer of a profile, or a part of it, with so many columns.

    `take` gets rows as they come in. Answered by None, or by the meter's reason for giving none.
    """

    buffer: AttributeDescriptor
    columns: int
    take: Callable[[Sequence[tuple[Any, ...]]], None]


@dataclass(frozen=True)
class Answer:
    """A value, or the reason why there is none, for each attribute asked for; `at` is tablet time, aware."""

    values: tuple[Data | DataAccessResult, ...]
    at: datetime


Wish = Step | Read | ReadRows
Dialogue = Generator[Wish, Answer | DataAccessResult | None, T]


def ask(attributes: tuple[AttributeDescriptor, ...]) -> Dialogue[Answer]:
    """`answer = yield from ask(…)`: a `Read` whose answer is there for sure."""
    answer = yield Read(attributes)
    if not isinstance(answer, Answer):
        raise TypeError("a Read must be answered")
    return answer
