"""One damage, and what must hold afterwards."""

import random
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from agent.store import Store, attempts, jobs
from agent.store.counters import COUNTERS_FILE
from tests.damage import tablet
from tests.damage.damages import VARIANTS, Damage, all_damages
from tests.damage.judge import has_evidence, intact_envelopes, used_counters
from tests.damage.tablet import RescueNeeded
from tests.damage.template import CHARGE, EVIDENCE, Template, settle


@dataclass(frozen=True)
class Case:
    """A damage to a folder that was closed, left by a kill, or in use."""

    damage: Damage
    variant: str
    seed: int

    def __str__(self) -> str:
        return f"{self.damage.name}, {self.variant}, {self.seed}"


@dataclass
class Outcome:
    """How it went: `started`, or ended in the `rescue`; and every violation."""

    ended: str = "started"
    wrong: list[str] = field(default_factory=list)


def all_cases(count: int, seed: int) -> list[Case]:
    """So many cases, of all kinds in turn."""
    kinds = [(damage, variant) for damage in all_damages() for variant in VARIANTS if _fits(damage, variant)]
    random.Random(seed).shuffle(kinds)
    return [Case(*kinds[number % len(kinds)], seed + number) for number in range(count)]


def _fits(damage: Damage, variant: str) -> bool:
    return damage.while_running if variant == "running" else variant in damage.variants


def survive(case: Case, template: Template, folder: Path) -> Outcome:
    """Carries a case out, in a folder of its own, which is removed afterwards."""
    outcome = Outcome()
    shutil.copytree(template.folder(case.variant), folder)
    template.central.restore(template.central_state)
    try:
        _survive(case, template, folder, outcome)
    except Exception as error:
        detail = getattr(error, "detail", "")
        outcome.wrong.append(f"{type(error).__name__} {getattr(error, 'code', '')}: {error or detail}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _survive(case: Case, template: Template, folder: Path, outcome: Outcome) -> None:
    chance = random.Random(case.seed)
    counters = used_counters(folder) if COUNTERS_FILE not in case.damage.name else 0
    if case.variant == "running":
        store = tablet.start(folder)
        try:
            case.damage.do(folder, chance, template)
            intact, evidence = intact_envelopes(folder, template), has_evidence(folder)
            tablet.go_on(store, template.central.url)
        finally:
            store.close()
    else:
        case.damage.do(folder, chance, template)
        intact, evidence = intact_envelopes(folder, template), has_evidence(folder)
    found = _start(folder, outcome)
    if found is None:
        return
    try:
        _check(found, template, intact, evidence, outcome)
        if used_counters(folder) < counters:
            outcome.wrong.append("invocation counters are given out twice")
    finally:
        found.close()
    _same_again(folder, template, outcome)


def _start(folder: Path, outcome: Outcome) -> Store | None:
    try:
        return tablet.start(folder)
    except RescueNeeded as needed:
        outcome.ended = f"rescue ({needed})"
        return tablet.rescue(folder)


def _check(store: Store, template: Template, intact: set[str], evidence: bool, outcome: Outcome) -> None:
    if outcome.ended == "started" and store.identity.device_id != template.device:
        outcome.wrong.append("silently another tablet")
    tablet.show(store)
    if evidence:
        _tells_of_the_charge(store, outcome)
    settle(store, "after-the-damage")
    with store.read() as db:
        new = {row["key"] for row in db.query("SELECT key FROM outbox WHERE job = 'after-the-damage'")}
    failed = tablet.synchronise(store, template.central.url)
    at_smm = set(template.central.keys())
    refused = {key for key in template.envelopes if template.envelopes[key]["job"] == "refused"}
    if missing := intact - at_smm - refused:
        outcome.wrong.append(f"{len(missing)} intact envelopes do not reach SMM ({failed and failed.code})")
    if not new <= at_smm:
        outcome.wrong.append(f"the next job does not reach SMM ({failed and failed.code})")
    lost = set(template.envelopes) - intact - at_smm - refused
    untold = {template.sequences[key] for key in lost} - tablet.told_lost(store)
    if untold and not _is_told_by_the_rescue(outcome, intact):
        outcome.wrong.append(f"{len(untold)} envelopes are lost, and nobody is told")
    _nothing_twice(template, outcome)


def _is_told_by_the_rescue(outcome: Outcome, intact: set[str]) -> bool:
    """Where no file holds any envelope, none holds their numbers either: that all is lost is what the rescue says."""
    return outcome.ended != "started" and not intact


def _tells_of_the_charge(store: Store, outcome: Outcome) -> None:
    with store.read() as db:
        attempt = attempts.find(db, CHARGE)
        state = jobs.get(db, CHARGE).state if attempt is not None else None
    if attempt is None or dict(attempt.evidence) != dict(EVIDENCE) or state != "unknown":
        outcome.wrong.append("it is forgotten that a charge was sent")


def _nothing_twice(template: Template, outcome: Outcome) -> None:
    deliveries = template.central.deliveries()
    if len(deliveries) != len(set(deliveries)):
        outcome.wrong.append("SMM has an envelope twice")
    numbers = template.central.numbers()
    if len(numbers) != len(set(numbers)):
        outcome.wrong.append("a sequence number is given out twice")


def _same_again(folder: Path, template: Template, outcome: Outcome) -> None:
    again = tablet.start(folder)
    try:
        if outcome.ended == "started" and again.identity.device_id != template.device:
            outcome.wrong.append("another tablet at the second start")
    finally:
        again.close()


class Summary:
    """Counts outcomes by damage."""

    def __init__(self) -> None:
        self.ended: dict[str, Counter[str]] = defaultdict(Counter)
        self.why: Counter[str] = Counter()

    @property
    def wrong(self) -> int:
        """How many cases have a violation."""
        return sum(counts["wrong"] for counts in self.ended.values())

    def add(self, case: Case, outcome: Outcome) -> None:
        """Counts one."""
        counts = self.ended[case.damage.name]
        counts["all"] += 1
        counts["rescue" if outcome.ended != "started" else "started"] += 1
        counts["wrong"] += bool(outcome.wrong)
        self.why.update(outcome.wrong)

    def table(self) -> str:
        """One line a damage, then what was wrong."""
        lines = [f"{'damage':55} {'cases':>6} {'started':>8} {'rescue':>7} {'wrong':>6}"]
        for name, counts in sorted(self.ended.items()):
            cells = f"{counts['all']:>6} {counts['started']:>8} {counts['rescue']:>7} {counts['wrong']:>6}"
            lines.append(f"{name:55} {cells}")
        lines += [f"{count:>6} × {why}" for why, count in self.why.most_common(40)]
        return "\n".join(lines)
