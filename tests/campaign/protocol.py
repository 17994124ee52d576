"""The charge protocol as a whole – two tablets, SMM and the meter – explored to its last state.

The tablets' journals walk the table of `domain/attempt.py`, and nothing else: what they see permits some events, and
each of those that the table allows is taken. Links are lost and programs die at any moment; SMM's people hand a claim
out again when its lease is over, decide as the meter is, and cancel.

Invariants, in every state that can be reached:

1. the meter has the charge once at most;
2. a journal that says *applied* is right, and one that says *not applied* is about a change that was not made;
3. SMM says *executed* only if the meter has the charge; and *failed* only if it has not, or if a tablet that was out
   of reach when the order ended has made it since, and is going to tell;
4. while an outcome is open at a tablet or undecided in SMM, that tablet sends no other change;
5. wherever one is, there is a way to an end in which journals are closed, outboxes are empty and SMM is right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from agent.domain.attempt import ENDED, TRANSITIONS, AttemptEvent, AttemptState

Table = Mapping[tuple[AttemptState, AttemptEvent], AttemptState]
Kind = Literal["list", "status", "sum"]
"""Of meters: a gateway with a list of its tokens, one that tells of the last token only, and none at all."""
Said = Literal["charged", "failed", "undecided"]
Order = Literal["available", "claimed", "executed", "failed", "undecided", "cancelled"]
_S, _E = AttemptState, AttemptEvent
_INTERRUPTED = (_E.DROPPED, _E.LOST)
NOBODY = -1


class Broken(Exception):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Tablet:
    """`claim` is the fencing number under which it has the order. `air`: what is between it and the meter."""

    claim: int = 0
    journal: AttemptState | None = None
    air: Literal["", "request", "done", "refused"] = ""
    outbox: tuple[tuple[Said, int], ...] = ()
    has_made_it: bool = False
    """Whether its present attempt is the one that the meter carried out."""

    @property
    def is_open(self) -> bool:
        return self.journal is not None and self.journal not in ENDED


@dataclass(frozen=True)
class World:
    applied: int = 0
    last_refused: bool = False
    """Whether the meter's last word on the token is a refusal."""
    tablets: tuple[Tablet, Tablet] = (Tablet(), Tablet())
    at_meter: int = NOBODY
    order: Order = "available"
    lease_is_over: bool = False
    holder: int = NOBODY
    fence: int = 0

    def with_tablet(self, number: int, **changes: object) -> "World":
        tablets = list(self.tablets)
        tablets[number] = replace(tablets[number], **changes)  # type: ignore[arg-type]
        return replace(self, tablets=(tablets[0], tablets[1]))


FENCES = 3
"""So often an order is handed out, at most."""


class Protocol:
    def __init__(self, kind: Kind, table: Table = TRANSITIONS) -> None:
        self._kind = kind
        self._table = table
        self.taken: set[tuple[AttemptState, AttemptEvent]] = set()

    def explore(self) -> set[World]:
        """All states. Raises Broken."""
        begin = World()
        seen, front = {begin}, [begin]
        back: dict[World, set[World]] = {}
        while front:
            state = front.pop()
            self._check(state)
            for following in self.steps(state):
                back.setdefault(following, set()).add(state)
                if following not in seen:
                    seen.add(following)
                    front.append(following)
        self._check_ends(seen, back)
        return seen

    def steps(self, state: World) -> Iterator[World]:
        for number in (0, 1):
            yield from self._at_smm(state, number)
            yield from self._at_meter(state, number)
        yield from self._people(state)

    # ── a tablet and SMM ──

    def _at_smm(self, state: World, number: int) -> Iterator[World]:
        tablet = state.tablets[number]
        if state.order == "available" and not tablet.claim and state.fence < FENCES:
            claimed = replace(state, order="claimed", holder=number, fence=state.fence + 1, lease_is_over=False)
            yield claimed.with_tablet(number, claim=state.fence + 1)
        if tablet.outbox:
            said, fence = tablet.outbox[0]
            heard = self._heard(state, number, said, fence)
            yield heard.with_tablet(number, outbox=tablet.outbox[1:])
        if tablet.claim and (state.holder != number or state.fence != tablet.claim) and not tablet.is_open:
            yield state.with_tablet(number, claim=0)  # it learns that the claim is gone
        if tablet.journal is _S.UNDECIDED and not tablet.outbox and state.order in ("executed", "failed"):
            event = _E.SETTLED_APPLIED if state.order == "executed" else _E.SETTLED_ABSENT
            yield from self._walk(state, number, (event,))

    def _heard(self, state: World, number: int, said: Said, fence: int) -> World:
        if said == "charged":
            return state if state.order == "undecided" and self._kind != "list" else replace(state, order="executed")
        if said == "undecided":
            return state if state.order in ("executed", "undecided") else replace(state, order="undecided")
        if (state.holder, state.fence) != (number, fence) or state.order != "claimed":
            return state
        return replace(state, order="failed")

    # ── a tablet and the meter ──

    def _at_meter(self, state: World, number: int) -> Iterator[World]:
        tablet = state.tablets[number]
        free = state.at_meter == NOBODY
        if free and tablet.claim and not tablet.is_open and not self._is_too_late(state, tablet):
            yield replace(state, at_meter=number).with_tablet(number, journal=_S.INTENT, has_made_it=False)
        if free and tablet.journal is _S.UNKNOWN:
            yield from self._checked(state, number)
        if state.at_meter != number:
            return
        yield from self._walk(self._gone(state, number), number, _INTERRUPTED)
        if tablet.journal is _S.INTENT:
            yield from self._before_sending(state, number)
        elif tablet.air == "request":
            yield self._carried_out(state, number)
            yield replace(state, last_refused=True).with_tablet(number, air="refused")  # it has no room, say
        elif tablet.air == "done":
            yield from self._answered(state, number, _E.CONFIRMED, "charged")
        elif tablet.air == "refused":
            if self._kind == "status" and state.applied:
                yield from self._walk(self._gone(state, number), number, (_E.LOST,))
            else:
                yield from self._answered(state, number, _E.REFUSED, "failed")

    def _before_sending(self, state: World, number: int) -> Iterator[World]:
        """The meter is asked whether it has the token; then it is noted that the request leaves, and it does."""
        if state.applied and (self._kind == "list" or (self._kind == "status" and not state.last_refused)):
            yield from self._answered(state, number, _E.DROPPED, "charged")
        else:
            for sent in self._walk(state, number, (_E.SEND,)):
                yield sent.with_tablet(number, air="request")

    def _carried_out(self, state: World, number: int) -> World:
        if self._kind != "sum" and state.applied:
            return replace(state, last_refused=True).with_tablet(number, air="refused")
        done = replace(state, applied=state.applied + 1, last_refused=False)
        return done.with_tablet(number, air="done", has_made_it=True)

    def _answered(self, state: World, number: int, event: AttemptEvent, said: Said) -> Iterator[World]:
        tablet = state.tablets[number]
        for ended in self._walk(self._gone(state, number), number, (event,)):
            yield ended.with_tablet(number, claim=0, outbox=(*tablet.outbox, (said, tablet.claim)))

    def _checked(self, state: World, number: int) -> Iterator[World]:
        """CHECK METER; it may also be cut off."""
        tablet = state.tablets[number]
        yield from self._walk(state, number, (_E.LOST,))
        knows = self._kind != "status" or (state.applied and not state.last_refused)
        if knows and state.applied:
            yield from self._answered(state, number, _E.FOUND_APPLIED, "charged")
        elif knows:
            yield from self._walk(state, number, (_E.FOUND_ABSENT,))
        if not knows or self._kind == "sum":
            for left in self._walk(state, number, (_E.UNDECIDABLE,)):
                yield left.with_tablet(number, claim=0, outbox=(*tablet.outbox, ("undecided", tablet.claim)))

    def _gone(self, state: World, number: int) -> World:
        return replace(state, at_meter=NOBODY).with_tablet(number, air="")

    def _walk(self, state: World, number: int, events: tuple[AttemptEvent, ...]) -> Iterator[World]:
        """Each of these events that the table allows: one at least, since something was seen."""
        journal = state.tablets[number].journal
        assert journal is not None
        allowed = [event for event in events if (journal, event) in self._table]
        if not allowed:
            raise Broken(f"none of {events} can happen to {journal}: {state}")
        for event in allowed:
            self.taken.add((journal, event))
            yield state.with_tablet(number, journal=self._table[journal, event])

    def _is_too_late(self, state: World, tablet: Tablet) -> bool:
        """The tablet knows when its lease ends, offline too."""
        return tablet.claim < state.fence or state.lease_is_over

    # ── people ──

    def _people(self, state: World) -> Iterator[World]:
        if state.order == "claimed" and not state.lease_is_over and state.at_meter != state.holder:
            yield replace(state, lease_is_over=True)  # nobody begins in its last minutes
        looked = self._kind != "sum" or self._nothing_was_sent(state)
        if state.order == "claimed" and state.lease_is_over and looked:
            yield replace(state, order="available", holder=NOBODY)
        if state.order == "undecided":
            yield replace(state, order="executed" if state.applied else "failed")
        if state.order == "available" and not state.applied and not any(each.is_open for each in state.tablets):
            yield replace(state, order="cancelled")

    def _nothing_was_sent(self, state: World) -> bool:
        """Without a token, a person looks before another tablet is sent."""
        return not state.applied and not any(each.is_open for each in state.tablets)

    # ── what must hold ──

    def _check(self, state: World) -> None:
        if state.applied > 1:
            raise Broken(f"charged {state.applied} times: {state}")
        for tablet in state.tablets:
            if tablet.journal is _S.APPLIED and not state.applied:
                raise Broken(f"a journal says applied, and it is not: {state}")
            if tablet.journal is _S.NOT_APPLIED and tablet.has_made_it:
                raise Broken(f"a journal says not applied, and it is: {state}")
            if tablet.is_open and tablet.journal is not _S.INTENT and tablet.air == "" and not _waits(tablet):
                raise Broken(f"open, and nobody can go on: {state}")
        if state.order == "executed" and not state.applied:
            raise Broken(f"SMM says executed, and it is not: {state}")
        if state.order == "failed" and state.applied and not any(map(_has_to_tell, state.tablets)):
            raise Broken(f"SMM says failed, and it is executed: {state}")

    def _check_ends(self, seen: set[World], back: Mapping[World, set[World]]) -> None:
        reaching = {state for state in seen if self._is_end(state)}
        front = list(reaching)
        while front:
            for before in back.get(front.pop(), ()):
                if before not in reaching:
                    reaching.add(before)
                    front.append(before)
        if stuck := seen - reaching:
            raise Broken(f"no way to an end from {len(stuck)} states, such as {next(iter(stuck))}")

    def _is_end(self, state: World) -> bool:
        quiet = not any(each.is_open or each.outbox for each in state.tablets)
        return quiet and state.order == ("executed" if state.applied else state.order) and state.order != "undecided"


def _has_to_tell(tablet: Tablet) -> bool:
    return tablet.is_open or any(said == "charged" for said, _ in tablet.outbox)


def _waits(tablet: Tablet) -> bool:
    return tablet.journal in (_S.UNKNOWN, _S.UNDECIDED)
