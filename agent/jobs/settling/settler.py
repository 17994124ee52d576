"""What is written when a job ends: its state, the journal's last step and the envelope, in one transaction."""

from collections.abc import Callable
from datetime import datetime

from sqlite_utils import Database

from agent.domain.attempt import AttemptEvent
from agent.domain.clock import Clock
from agent.domain.errors import EplusError
from agent.domain.exchange import (
    FailurePayload,
    Payload,
    ProfilePayload,
    ResultPayload,
    UndecidedPayload,
    payload_of,
)
from agent.domain.results import Result
from agent.jobs.load_profiles.parts import parts_of
from agent.jobs.settling.envelope import EnvelopeDraft, build_envelope
from agent.jobs.settling.outcome import JobOutcome, outcome_of_failure, outcome_of_success
from agent.procedures.dialogue import Verdict
from agent.store import Store, Transaction, jobs, load_profiles, orders, outbox, settings
from agent.store.jobs import JobRecord, Settlement
from agent.store.outbox import BuildEnvelope
from agent.store.settings import Setting

_FOUND = {
    "applied": AttemptEvent.FOUND_APPLIED,
    "not-applied": AttemptEvent.FOUND_ABSENT,
    "partly-applied": AttemptEvent.FOUND_ABSENT,
}


class Settler:
    """Each method gives the transaction that ends a job in that way."""

    def __init__(self, store: Store, clock: Clock, new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    def succeeded(self, record: JobRecord, payload: ResultPayload) -> Transaction[None]:
        """The job went through."""
        return self._ended(record, outcome_of_success(record.attempt), payload, None)

    def fetched(self, record: JobRecord) -> Transaction[None]:
        """A load profile, which is in the store; its rows go in as many envelopes as it takes."""
        with self._store.read() as db:
            stored = load_profiles.find(db, record.id)
        assert stored is not None and stored.shape is not None
        shape = ProfilePayload(rows=[], **stored.shape)
        draft = self._draft(record, shape)

        def settle(db: Database) -> None:
            result = shape.model_dump(mode="json")
            jobs.settle(db, record.id, Settlement("done", draft.ended_at, result, closes_order=True))
            for part in parts_of(db, draft, shape, self._new_id):
                outbox.add(db, record.id, self._builder(db, part))

        return settle

    def stopped(self, record: JobRecord, error: EplusError) -> Transaction[None]:
        """A load profile that can be resumed from its last row; SMM gets it when it is complete."""
        now = self._clock.now()
        return lambda db: jobs.interrupt(db, record.id, now, error.code, params=error.params)

    def failed(self, record: JobRecord, error: EplusError, changes: int) -> Transaction[None]:
        """The job ended in an error, after so many changes were sent to the meter."""
        outcome = outcome_of_failure(error, record.attempt, changes, ordered=record.work_order is not None)
        if outcome.state == "interrupted":
            now = self._clock.now()
            return lambda db: jobs.interrupt(db, record.id, now, "outcome-unknown", outcome.attempt)
        payload = FailurePayload(serial=record.serial, code=error.code, params=error.params)
        return self._ended(record, outcome, payload, error)

    def judged(self, record: JobRecord, verdict: Verdict[Result]) -> Transaction[None]:
        """The meter was asked what became of a change whose outcome was unknown.

        A change that was not made does not end a work order: it can be tried again, with the same token.
        """
        if verdict.outcome == "undecidable":
            payload = UndecidedPayload(
                serial=record.serial, activity=record.activity.value, evidence=dict(verdict.evidence)
            )
            draft = self._draft(record, payload)
            return lambda db: jobs.leave_undecided(db, record.id, draft.ended_at, self._builder(db, draft))
        event = _FOUND[verdict.outcome]
        if verdict.result is not None and verdict.outcome == "applied":
            return self._ended(record, JobOutcome("done", event, for_smm=True), payload_of(verdict.result), None)
        error = EplusError(code=verdict.outcome)
        failure = FailurePayload(serial=record.serial, code=error.code)
        return self._ended(record, JobOutcome("failed", event, for_smm=record.work_order is None), failure, error)

    def _ended(
        self, record: JobRecord, outcome: JobOutcome, payload: Payload, error: EplusError | None
    ) -> Transaction[None]:
        assert outcome.state != "interrupted"
        state = outcome.state
        draft = self._draft(record, payload)

        def settle(db: Database) -> None:
            settlement = Settlement(
                state=state,
                ended_at=draft.ended_at,
                result=payload.model_dump(mode="json") if state == "done" else None,
                error_code=error.code if error else None,
                error_params=error.params if error else {},
                build_envelope=self._builder(db, draft) if outcome.for_smm else None,
                attempt=outcome.attempt,
                closes_order=outcome.for_smm,
            )
            jobs.settle(db, record.id, settlement)

        return settle

    def _draft(self, record: JobRecord, payload: Payload) -> EnvelopeDraft:
        with self._store.read() as db:
            drift = settings.get_number(db, Setting.CLOCK_DRIFT)
        ended: datetime = self._clock.now()
        started = record.started_at or ended
        run, uptime = self._clock.run, self._clock.uptime()
        return EnvelopeDraft(self._new_id(), record, started, ended, drift, run, uptime, payload)

    def _builder(self, db: Database, draft: EnvelopeDraft) -> BuildEnvelope:
        """The fencing number is that of the claim at the end of the job."""
        fence = None if draft.job.work_order is None else orders.fence_of(db, draft.job.work_order)
        return lambda sequence: build_envelope(draft, fence, sequence, self._store.identity)
