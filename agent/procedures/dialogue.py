"""The requests that a procedure may yield, and the answers that it gets."""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from agent.dlms import ActionReply, AttributeDescriptor, Data, DataAccessResult, MethodDescriptor

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """Reports progress; shown as `- readserial 1/7`. Answered by None.

    `octets` is how many octets of a long value have come so far.
    """

    name: str
    index: int
    total: int
    octets: int | None = None

    def __str__(self) -> str:
        come = "" if self.octets is None else f" ({self.octets:,} octets)"
        return f"- {self.name} {self.index}/{self.total}{come}"


@dataclass(frozen=True)
class Remark:
    """A line for the communication log. Answered by None."""

    text: str


@dataclass(frozen=True)
class Read:
    """Reads attributes, in one request where the meter allows. Answered by an `Answer`.

    `told_as` is a step for a long value: it is told again and again while octets come in. With `may_fail`, a meter
    that gives no answer is connected again, and the answer is a refusal. `as_it_is`: nothing else is tried where the
    meter refuses a list.
    """

    attributes: tuple[AttributeDescriptor, ...]
    told_as: Step | None = None
    may_fail: bool = False
    as_it_is: bool = False


class Steps:
    """Numbers the steps of one run of a procedure.

    Each name is looked up after the one before it, so that a step may be skipped and a name may occur twice.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._done = 0

    def __call__(self, name: str) -> Step:
        """The step of that name, to be yielded. Raises ValueError if it does not follow the one before."""
        self._done = self._names.index(name, self._done) + 1
        return Step(name, self._done, len(self._names))


TakeRows = Callable[[Sequence[tuple[Any, ...]]], Awaitable[None] | None]
"""Gets rows as they come in. If it returns an awaitable, reading goes on when that is done."""


@dataclass(frozen=True)
class ReadRows:
    """Reads the buffer of a profile, or a part of it; `columns` is their number, and `take` gets the rows.

    Answered by None, or by the meter's reason for giving no rows.
    """

    buffer: AttributeDescriptor
    columns: int
    take: TakeRows


@dataclass(frozen=True)
class Pause:
    """Waits for that many seconds with the association open. Answered by None."""

    seconds: float


Evidence = Mapping[str, str | int | None]
"""What has to be known to find out later whether a change was made; kept on disk as JSON."""


@dataclass(frozen=True)
class Write:
    """Makes one change in the meter: sets an attribute, or invokes a method. Answered by `Written`.

    `evidence` is what the meter said before. It is written to disk, with the fact that the request is about to leave,
    before the first octet is sent. Any failure after that leaves the outcome unknown.
    """

    change: tuple[AttributeDescriptor | MethodDescriptor, Data | None]
    evidence: Evidence


@dataclass(frozen=True)
class Written:
    """The meter's answer to a change; any answer but success means that it was not made. `at` is tablet time, aware."""

    reply: ActionReply | DataAccessResult
    at: datetime


@dataclass(frozen=True)
class Verdict(Generic[T]):
    """What became of a change. `result` is the activity's, where the change was made."""

    outcome: Literal["applied", "not-applied", "partly-applied", "undecidable"]
    result: T | None = None
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """For each attribute its value, or the meter's reason for giving none; `at` is tablet time, aware."""

    values: tuple[Data | DataAccessResult, ...]
    at: datetime


@dataclass(frozen=True)
class Recall:
    """What an earlier session has kept: of meters of this kind or, without one, of this meter alone.

    It is a hint, and may be wrong. Answered by octets; by None if there is nothing.
    """

    what: str
    kind: str | None


@dataclass(frozen=True)
class Keep:
    """Keeps something for later sessions, as `Recall` finds it; None forgets it. Answered by None."""

    what: str
    kind: str | None
    content: bytes | None


Request = Step | Remark | Read | ReadRows | Pause | Write | Recall | Keep
Reply = Answer | Written | DataAccessResult | bytes | None
Dialogue = Generator[Request, Reply, T]


def ask(
    attributes: tuple[AttributeDescriptor, ...],
    told_as: Step | None = None,
    *,
    may_fail: bool = False,
    as_it_is: bool = False,
) -> Dialogue[Answer]:
    """Reads attributes: `answer = yield from ask(…)`. Values may be missing; see `values.read_all`, and `Read`."""
    answer = yield Read(attributes, told_as, may_fail, as_it_is)
    if not isinstance(answer, Answer):
        raise TypeError("a Read must be answered")
    return answer


def write(request: Write) -> Dialogue[Written]:
    """Makes a change: `written = yield from write(Write(…))`. It may be refused; see `values.make_change`."""
    written = yield request
    if not isinstance(written, Written):
        raise TypeError("a Write must be answered")
    return written


def recall(what: str, kind: str | None) -> Dialogue[bytes | None]:
    """What was kept: `kept = yield from recall(…)`. See `Recall`."""
    kept = yield Recall(what, kind)
    if kept is not None and not isinstance(kept, bytes):
        raise TypeError("a Recall must be answered")
    return kept
