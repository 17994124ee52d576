"""What can go wrong, and where: each case is data, and its name tells all of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from agent.domain.errors import InputError

Kind = Literal[
    "cut-out",
    "cut-in",
    "lose-out",
    "lose-in",
    "corrupt-out",
    "corrupt-in",
    "kill-out",
    "kill-in",
    "kill-before-write",
    "kill-after-write",
    "restart",
]
"""`out` is towards the meter. Cuts count octets, writes the tablet's own transactions, all others frames; of those
that go out each has a place before it and one after it, when the program is killed."""
Recovery = Literal["same", "other"]
Step = Literal["none", "tablet-ahead", "tablet-back", "meter-ahead", "meter-back"]


BITS = 6
"""So many bits of a frame are tried."""


@dataclass(frozen=True)
class Fault:
    kind: Kind
    place: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}"


@dataclass(frozen=True)
class Case:
    """`again` strikes at the first recovery; `step` is done to a clock between fault and recovery."""

    activity: str
    fault: Fault
    again: Fault | None = None
    by: Recovery = "same"
    step: Step = "none"

    def __str__(self) -> str:
        again = f"+{self.again}" if self.again else ""
        return f"{self.activity}/{self.fault}{again}/{self.by}/{self.step}"


@dataclass(frozen=True)
class Size:
    """How much an undisturbed run has: octets and frames each way, and transactions."""

    octets_out: int
    octets_in: int
    frames_out: int
    frames_in: int
    writes: int

    def places(self, kind: Kind) -> range:
        """Before the first and after the last included."""
        return range(
            {
                "cut-out": self.octets_out + 1,
                "cut-in": self.octets_in + 1,
                "lose-in": self.frames_in,
                "corrupt-in": BITS * self.frames_in,
                "corrupt-out": BITS * self.frames_out,
                "kill-in": self.frames_in,
                "kill-out": 2 * self.frames_out,
                "kill-before-write": self.writes,
                "kill-after-write": self.writes,
            }.get(kind, self.frames_out)
        )


KINDS: tuple[Kind, ...] = get_args(Kind)
STEPS: tuple[Step, ...] = get_args(Step)


_RARE = 16


def all_cases(activity: str, size: Size, steps: Sequence[Step]) -> Iterator[Case]:
    """Every fault at every place; those of whole frames and writes also with a clock that is stepped, recovered by
    another tablet, and with a second fault."""
    for kind in KINDS:
        for place in size.places(kind):
            fault = Fault(kind, place)
            yield Case(activity, fault)
            if kind.startswith(("cut", "corrupt")) and place % _RARE:
                continue
            for step in steps:
                yield Case(activity, fault, step=step)
            yield Case(activity, fault, by="other")
            for again in KINDS:
                yield Case(activity, fault, again=Fault(again, 7 * place % max(1, len(size.places(again)))))


def parse_case(name: str) -> Case:
    """From the name that a table shows. Raises InputError `bad-input`."""
    found = re.fullmatch(r"([a-z-]+)/([a-z-]+):(\d+)(?:\+([a-z-]+):(\d+))?/(same|other)/([a-z-]+)", name)
    if not found or found[2] not in KINDS or found[7] not in STEPS or (found[4] and found[4] not in KINDS):
        raise InputError(code="bad-input", field="case")
    again = Fault(_kind(found[4]), int(found[5])) if found[4] else None
    by: Recovery = "other" if found[6] == "other" else "same"
    step = next(each for each in STEPS if each == found[7])
    return Case(found[1], Fault(_kind(found[2]), int(found[3])), again, by, step)


def _kind(text: str) -> Kind:
    return next(each for each in KINDS if each == text)
