"""A recorded trace that is played again: each request must be the recorded one, octet by octet, and gets its answer.

Octets that the trace hides match any octet, and the frame check sequence behind them too; in an answer they are sent
as zeros, with the check sequence made right.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from agent.dlms.hdlc.crc import AFTER_SOUND, check_sequence, is_sound
from agent.dlms.hdlc.masking import HIDDEN
from agent.domain.errors import InputError
from agent.simulator.twin.serving import Piece

_OCTETS = re.compile(rf"(?:[0-9A-Fa-f]{{2}}|{HIDDEN})(?:[ \t]+(?:[0-9A-Fa-f]{{2}}|{HIDDEN}))*")
_LINE = re.compile(r"(?:(?P<moment>\d{4}-\d\S*) (?:.* )?)?(?P<way>[<>]|[TR]X:?)[ \t]+(?P<octets>\S.*)")
_BEGINS = re.compile(r"\S+ .* - begins")
_SENT = (">", "TX", "TX:")
_LLC_AND_TAG, _LONGEST_HEADER = 4, 15
_FLAG = b"\x7e"
_CHECK = 2
Octets = list[int | None]
"""None is an octet that the trace hides."""


@dataclass
class RecordedTurn:
    """What was sent to the meter, and what came back `pause` seconds later."""

    request: Octets = field(default_factory=list)
    answer: Octets = field(default_factory=list)
    pause: float = 0.0
    asked_at: datetime | None = None


def parse_trace(text: str) -> list[list[RecordedTurn]]:
    """The conversations of a trace in order, each with its turns.

    Lines are those of `eplus doctor trace`, or `> 7E …` and `< 7E …` (also TX and RX) alone; others are left out.

    Raises:
        InputError: `bad-trace`, nothing in it was sent or received.
    """
    conversations: list[list[RecordedTurn]] = [[]]
    for line in text.split("\n"):
        found = _LINE.fullmatch(line.rstrip("\r"))
        if found and _OCTETS.fullmatch(found["octets"].rstrip()):
            _add(conversations[-1], found)
        elif _BEGINS.fullmatch(line.rstrip("\r")) and conversations[-1]:
            conversations.append([])
    if not conversations[-1]:
        del conversations[-1]
    if not conversations:
        raise InputError(code="bad-trace")
    return conversations


def hidden_in_answers(conversations: list[list[RecordedTurn]]) -> int:
    """How many octets of answers the trace hides."""
    return sum(turn.answer.count(None) for turns in conversations for turn in turns)


def _add(turns: list[RecordedTurn], line: re.Match[str]) -> None:
    octets = [None if each == HIDDEN else int(each, 16) for each in line["octets"].split()]
    at = _moment(line["moment"])
    if line["way"] in _SENT:
        if not turns or turns[-1].answer:
            turns.append(RecordedTurn())
        turns[-1].request += octets
        turns[-1].asked_at = at
        return
    if not turns:
        turns.append(RecordedTurn())
    if not turns[-1].answer and at and turns[-1].asked_at:
        turns[-1].pause = max(0.0, (at - turns[-1].asked_at).total_seconds())
    turns[-1].answer += octets


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=None)


class ReplayPlayer:
    """A `Player` of one conversation; `say` gets a line for a request that is another one, and at the end."""

    def __init__(self, turns: list[RecordedTurn], say: Callable[[str], None], *, fast: bool) -> None:
        self._turns, self._say, self._fast = turns, say, fast
        self._expected = [_with_any_check(turn.request) for turn in turns]
        self._number = self._at = 0
        self._failed = False

    @property
    def has_ended(self) -> bool:
        """See `Player`."""
        return self._failed or self._number == len(self._turns)

    def take(self, octets: bytes, _now: float) -> Iterator[Piece]:
        """See `Player`."""
        yield from self._answers()
        for octet in b"" if self._failed else octets:
            if self.has_ended:
                self._say(f"after the last request: octet {octet:02X}")
                self._failed = True
                return
            wanted = self._expected[self._number][self._at]
            if wanted is not None and wanted != octet:
                self._say(f"request {self._number + 1}, octet {self._at + 1}: {octet:02X} instead of {wanted:02X}")
                self._failed = True
                return
            self._at += 1
            yield from self._answers()

    def _answers(self) -> Iterator[Piece]:
        """Of the turns whose requests are complete."""
        while not self.has_ended and self._at == len(self._expected[self._number]):
            turn = self._turns[self._number]
            self._number, self._at = self._number + 1, 0
            yield (0.0 if self._fast else turn.pause), filled_answer(turn.answer)
            if self.has_ended:
                self._say(f"all {len(self._turns)} requests were the recorded ones")


def filled_answer(answer: Octets) -> bytes:
    """The octets of an answer, hidden ones as zeros, with the check sequences behind them made right."""
    octets = bytearray(each or 0 for each in answer)
    for begin, end in _hidden_runs(answer):
        if (information := _information(bytes(octets), begin)) is not None:
            octets[end : end + _CHECK] = check_sequence(bytes(octets[information:end]), AFTER_SOUND)[
                : len(octets) - end
            ]
    return bytes(octets)


def _information(octets: bytes, hidden: int) -> int | None:
    """Where the information field begins in which octets are hidden: after a header with a right check sequence."""
    for start in range(hidden, max(0, hidden - _LLC_AND_TAG) - 1, -1):
        flag = octets.rfind(_FLAG, max(0, start - _LONGEST_HEADER), start)
        while flag >= 0:
            if is_sound(octets[flag + 1 : start]):
                return start
            flag = octets.rfind(_FLAG, max(0, start - _LONGEST_HEADER), flag)
    return None


def _with_any_check(request: Octets) -> Octets:
    expected = list(request)
    for _, end in _hidden_runs(request):
        expected[end : end + _CHECK] = [None] * len(expected[end : end + _CHECK])
    return expected


def _hidden_runs(octets: Octets) -> Iterator[tuple[int, int]]:
    """Where runs of hidden octets begin and end."""
    begin = None
    for at, octet in enumerate([*octets, 0]):
        if octet is None and begin is None:
            begin = at
        elif octet is not None and begin is not None:
            yield begin, at
            begin = None
