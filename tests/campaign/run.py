"""One case, from the fault to the last word that is said about it; and whether all that was said was true."""

import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from agent.domain.activity import Activity
from agent.domain.attempt import AttemptState
from agent.domain.errors import EplusError
from agent.jobs.request import JobRequest
from agent.simulator.ledger import Ledger
from agent.simulator.meter import SimulatedMeter
from agent.store import attempts
from agent.store.jobs import JobRecord
from tests.campaign.activities import CHANGES, Change
from tests.campaign.faults import Case, Fault, Size, Step
from tests.campaign.line import TabletClock, World
from tests.campaign.stage import Killed, MeterAtHand, Smm, Stage, Tablet
from tests.dlms.virtual_line import LAST_ROW

LONGEST = 8
"""So often a technician tries, at most."""
_EXECUTED = {"executed", "executed-after-cancel"}
_STEPS: dict[Step, timedelta] = {
    "none": timedelta(0),
    "tablet-ahead": timedelta(minutes=40),
    "tablet-back": -timedelta(minutes=40),
    "meter-ahead": timedelta(minutes=40),
    "meter-back": -timedelta(minutes=40),
}


class Lie(Exception):
    """Something was said that is not so."""


Word = Literal["done", "not done", "by a person", "WRONG"]
WRONG: Word = "WRONG"


@dataclass(frozen=True)
class Outcome:
    """What was true in the end, and whether a person had to say it; or something that was said is not so."""

    word: Word
    why: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.word == WRONG


class Place:
    """A meter, and the tablets that come to it."""

    def __init__(self, change: Change, folder: Path) -> None:
        self.change = change
        self.meter_ahead = timedelta(0)
        self._world, self._folder = World(LAST_ROW), folder
        self.at_hand = MeterAtHand(self._meter, folder / "meter.jsonl")

    async def tablet(self, name: str) -> Tablet:
        clock = TabletClock(self._world)
        return await Tablet(name, self._folder / name, self._world, self.at_hand, clock).open()

    def request(self, orders: Mapping[Activity, int]) -> JobRequest:
        return self.change.request(orders.get(self.change.activity))

    def _meter(self, ledger: Ledger) -> SimulatedMeter:
        return self.change.meter(self._world, lambda: self.meter_ahead, ledger)


class Scene:
    """A case on its stage, in a folder that is a copy of the template."""

    def __init__(self, stage: Stage, case: Case, folder: Path) -> None:
        self.case = case
        self.place = Place(CHANGES[case.activity], folder)
        self.smm: Smm = stage.smm_on(folder)
        self._stage = stage
        self.decisions = 0

    @property
    def applied(self) -> bool:
        return self.change.is_done(self.place.at_hand.meter)

    @property
    def change(self) -> Change:
        return self.place.change

    # ── the day ──

    async def play(self) -> Word:
        """Returns the word for the table. Raises Lie."""
        first = await self.place.tablet("first")
        return await self._go_on(await self._try(first, self.case.fault))

    async def play_after_kill(self) -> Word:
        """As `play`, where another process has died of the fault."""
        first = await self.place.tablet("first")
        self._check(first)
        return await self._go_on(first)

    async def _go_on(self, first: Tablet) -> Word:
        self._step_clock(first)
        if self.case.by == "other":
            first = await self._with_another(first)
        else:
            first = await self._finish(first, begins_again=True)
        await self._everybody_hears(first)
        await first.close()
        return self._word()

    async def measure(self) -> Size:
        """An undisturbed run."""
        first = await self.place.tablet("first")
        await first.do(self._wish())
        assert first.line is not None and self.applied
        size = first.line.size(first.writes)
        await first.close()
        return size

    async def _try(self, tablet: Tablet, fault: Fault | None) -> Tablet:
        """START, whatever comes of it; a program that was stopped starts again."""
        return await self._survive(tablet, partial(tablet.do, self._wish(), fault))

    async def _survive(self, tablet: Tablet, act: Callable[[], Awaitable[None]]) -> Tablet:
        try:
            await act()
        except Killed:
            tablet = await tablet.after_kill()
        except EplusError:
            pass
        self._check(tablet)
        return tablet

    async def _finish(self, tablet: Tablet, *, begins_again: bool) -> Tablet:
        """What a technician does until nothing is open: CHECK METER, and START where it was not done."""
        again = self.case.again
        for _ in range(LONGEST):
            record = _last(tablet)
            if record is not None and record.state == "unknown":
                fault, again, name = again, None, record.id
                tablet = await self._survive(tablet, partial(tablet.recover, name, fault))
            elif begins_again and (record is None or record.state in ("failed", "interrupted")):
                fault, again = again, None
                tablet = await self._try(tablet, fault)
            else:
                return tablet
        raise Lie(f"still not settled: {record and record.state}")

    async def _with_another(self, first: Tablet) -> Tablet:
        """The first tablet stays away; another one does the work, and later the first one comes back."""
        second = await self.place.tablet("second")
        if self.change.ordered:
            if self.change.another_may_begin or not self.applied:
                self.smm.hand_out_again(self.change.activity)
                async with second.online(self._stage) as sync:
                    await sync.orders.claim([self.smm.orders[self.change.activity]], sync.session.token())
                second = await self._finish(second, begins_again=True)
        else:
            second = await self._finish(second, begins_again=True)
        first = await self._finish(first, begins_again=False)
        await self._hear(second)
        await second.close()
        return first

    def _step_clock(self, tablet: Tablet) -> None:
        step = _STEPS[self.case.step]
        if self.case.step.startswith("meter"):
            self.place.meter_ahead = step
        else:
            tablet.clock.ahead = step

    def _wish(self) -> JobRequest:
        return self.place.request(self.smm.orders)

    # ── what is said ──

    def _check(self, tablet: Tablet) -> None:
        """What the journal holds is true, and nothing is done twice."""
        count = self.change.count
        if count is not None and count(self.place.at_hand.meter.ledger) > 1:
            raise Lie("done twice")
        for record in tablet.records():
            with tablet.store.read() as db:
                attempt = attempts.find(db, record.id)
            if attempt is None:
                raise Lie("a change without a journal")
            if record.state == "done" and not self.applied:
                raise Lie("done, says the tablet, and it is not")
            if attempt.state is AttemptState.APPLIED and not self.applied:
                raise Lie("applied, says the journal, and it is not")
            failed_alone = record.state == "failed" and len(tablet.records()) == 1 and self.case.by == "same"
            if failed_alone and self.applied:
                raise Lie("failed, says the tablet, and it is done")

    async def _everybody_hears(self, first: Tablet) -> None:
        """All that waits is sent; what no meter can tell is decided by a person who looks; the tablet hears that."""
        await self._hear(first)
        self.decisions += self.smm.decide(applied=self.applied)
        await self._hear(first)
        states = self.smm.says(self.change.activity)
        if self.change.ordered and (states[0] in _EXECUTED) is not self.applied:
            raise Lie(f"{states[0]}, says SMM, and it is {'' if self.applied else 'not '}done")
        if not self.change.ordered and self.applied and not _EXECUTED & set(states):
            raise Lie(f"{states}, says SMM, and it is done")
        record = _last(first)
        if record is None:
            return  # stopped before it had kept anything, and another tablet did the work
        if record.attempt not in (AttemptState.APPLIED, AttemptState.NOT_APPLIED):
            raise Lie(f"{record.attempt}, says the journal at last")
        if self.case.by == "same" and (record.state == "done") is not self.applied:
            raise Lie(f"{record.state}, says the tablet at last")

    async def _hear(self, tablet: Tablet) -> None:
        async with tablet.online(self._stage) as sync:
            await sync.run()
        self._check(tablet)

    def _word(self) -> Word:
        if self.decisions:
            return "by a person"
        return "done" if self.applied else "not done"


async def run_case(stage: Stage, case: Case, folder: Path) -> Outcome:
    """Plays it in that folder, which is gone afterwards."""
    stage.copy_to(folder)
    try:
        return Outcome(await Scene(stage, case, folder).play())
    except Lie as lie:
        return Outcome(WRONG, str(lie))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measure(stage: Stage, activity: str, folder: Path) -> Size:
    stage.copy_to(folder)
    try:
        return await Scene(stage, Case(activity, Fault("cut-out", -1)), folder).measure()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _last(tablet: Tablet) -> JobRecord | None:
    """What the technician sees on top: what is open, else the newest job."""
    records = tablet.records()
    opened = [record for record in records if record.state in ("unknown", "undecided")]
    return next(reversed(opened or records), None)
