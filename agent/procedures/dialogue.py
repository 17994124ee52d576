"""What a procedure may ask for, and what it is answered."""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from agent.dlms import ActionReply, AttributeDescriptor, Data, DataAccessResult, MethodDescriptor

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


class Steps:
    """Numbers the steps of one run of a task.

    Each name is looked for behind the one before, so that a step may be passed over, and a name may stand twice.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._done = 0

    def __call__(self, name: str) -> Step:
        """The step of that name, to be yielded."""
        self._done = self._names.index(name, self._done) + 1
        return Step(name, self._done, len(self._names))


TakeRows = Callable[[Sequence[tuple[Any, ...]]], Awaitable[None] | None]


@dataclass(frozen=True)
class ReadRows:
    """Asks for the buffer of a profile, or a part of it, with so many columns.

    `take` gets rows as they come in; where it returns something to wait for, nothing more is taken in before that
    is done. Answered by None, or by the meter's reason for giving none.
    """

    buffer: AttributeDescriptor
    columns: int
    take: TakeRows


@dataclass(frozen=True)
class Pause:
    """Waits so many seconds, with the association open. Answered by None."""

    seconds: float


Evidence = Mapping[str, str | int | None]
"""What has to be known to find out later what became of a writing request; kept on disk as JSON."""


@dataclass(frozen=True)
class Write:
    """Asks for one change in the meter: an attribute set, or a method invoked. Answered by `Written`.

    `evidence` is what the meter said before. Whoever drives keeps it, and that the request goes out, on disk
    before the first octet leaves; whatever goes wrong from then on leaves the outcome unknown.
    """

    change: tuple[AttributeDescriptor | MethodDescriptor, Data | None]
    evidence: Evidence


@dataclass(frozen=True)
class Written:
    """What the meter answered to a change; anything but success says that it did not do it."""

    reply: ActionReply | DataAccessResult
    at: datetime


@dataclass(frozen=True)
class Verdict(Generic[T]):
    """What became of a change: `result` where it was done, so that the activity has its result after all."""

    outcome: Literal["applied", "not-applied", "partly-applied", "undecidable"]
    result: T | None = None
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A value, or the reason why there is none, for each attribute asked for; `at` is tablet time, aware."""

    values: tuple[Data | DataAccessResult, ...]
    at: datetime


Request = Step | Read | ReadRows | Pause | Write
Reply = Answer | Written | DataAccessResult | None
Dialogue = Generator[Request, Reply, T]


def ask(attributes: tuple[AttributeDescriptor, ...]) -> Dialogue[Answer]:
    """`answer = yield from ask(…)`: a `Read` whose answer is there for sure."""
    answer = yield Read(attributes)
    if not isinstance(answer, Answer):
        raise TypeError("a Read must be answered")
    return answer


def write(wish: Write) -> Dialogue[Written]:
    """`written = yield from change(Write(…))`."""
    written = yield wish
    if not isinstance(written, Written):
        raise TypeError("a Write must be answered")
    return written
