"""Visits drawn at random, and the smallest example of each that ends wrong."""

import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from agent.simulator.quirks import FAMILIES, QUIRKS
from agent.simulator.quirks.quirk import ReadoutQuirk
from tests.quirks.expected import is_open
from tests.quirks.judge import judge
from tests.quirks.visit import READOUT, Errand, Way, visit

DLMS_NAMES = tuple(name for name, quirk in QUIRKS.items() if not isinstance(quirk, ReadoutQuirk))
READOUT_NAMES = tuple(quirk.name for quirk in FAMILIES["readout"])
MODELS = ("generic", "cerm1")
MOST_QUIRKS = 4
_READOUTS_EACH = 6


@dataclass(frozen=True)
class Case:
    """A visit, by the names of the meter's quirks."""

    names: tuple[str, ...]
    errand: Errand
    model: str
    way: Way = Way.FRAMES

    def __str__(self) -> str:
        return f"{self.errand.value} of {self.model} in {self.way.value} with {' + '.join(self.names)}"


@dataclass
class Ending:
    """How a case ended, in one line, and what is wrong with it."""

    words: str
    wrong: list[str] = field(default_factory=list)


def end_of(case: Case) -> Ending:
    """Makes the visit."""
    try:
        outcome = visit(case.names, case.errand, case.model, case.way)
    except Exception as error:  # what a technician would see as a traceback
        place = traceback.extract_tb(error.__traceback__)[-1]
        words = f"traceback {type(error).__name__} at {place.filename.rpartition('/')[2]}:{place.lineno}: {error}"
        return Ending(words, [words])
    verdict = judge(outcome, case.errand, case.names)
    words = f"code {outcome.error.code}" if outcome.error is not None else str(verdict)
    return Ending(words, verdict.wrong)


def draw(dice: Random) -> Case:
    """One to four quirks, and what is done with that meter."""
    if not dice.randrange(_READOUTS_EACH):
        return Case(_names(dice, READOUT_NAMES), Errand.READING, READOUT)
    return Case(_names(dice, DLMS_NAMES), dice.choice(list(Errand)), dice.choice(MODELS), dice.choice(list(Way)))


def _names(dice: Random, names: tuple[str, ...]) -> tuple[str, ...]:
    chosen = dice.sample(names, dice.randint(1, MOST_QUIRKS))
    return tuple(name for name in QUIRKS if name in chosen)


def smallest(case: Case) -> Case:
    """The case with fewer quirks, as long as it still ends wrong."""
    if case.way is not Way.FRAMES and end_of(simpler := replace(case, way=Way.FRAMES)).wrong:
        return smallest(simpler)
    for name in case.names:
        fewer = replace(case, names=tuple(each for each in case.names if each != name))
        if end_of(fewer).wrong:
            return smallest(fewer)
    return case


@dataclass
class Campaign:
    """So many cases, always the same ones for a seed; without those that are known to be open, unless `with_open`."""

    runs: int
    seed: int
    with_open: bool = False
    endings: Counter[str] = field(default_factory=Counter)
    tried: int = 0

    def faults(self) -> Iterator[tuple[Case, Ending]]:
        """Each smallest case once."""
        dice, seen = Random(self.seed), set()
        for _ in range(self.runs):
            case = draw(dice)
            if is_open(case.names) and not self.with_open:
                continue
            self.tried += 1
            ending = end_of(case)
            self.endings[ending.words.split(" ", 1)[0] if not ending.words.startswith("code") else ending.words] += 1
            if ending.wrong and (found := smallest(case)) not in seen:
                seen.add(found)
                yield found, end_of(found)
