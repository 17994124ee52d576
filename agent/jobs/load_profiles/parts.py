"""A load profile cut into envelopes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlite_utils import Database

from agent.domain.exchange import MAX_ROWS, ProfilePayload
from agent.jobs.settling.envelope import EnvelopeDraft
from agent.store import load_profiles


def parts_of(
    db: Database, draft: EnvelopeDraft, shape: ProfilePayload, new_id: Callable[[], str]
) -> Iterator[EnvelopeDraft]:
    """A draft for each `MAX_ROWS` rows that the job has in the store, one at a time; one without rows if it has none.

    `draft` is the first without its rows, `shape` the profile without rows; `new_id` gives the others' keys.
    """
    profile = load_profiles.find(db, draft.job.id)
    assert profile is not None
    parts = max(1, -(-profile.rows // MAX_ROWS))
    for part in range(parts):
        rows = load_profiles.cells(db, profile.id, part * MAX_ROWS, (part + 1) * MAX_ROWS)
        yield replace(
            draft,
            key=new_id() if part else draft.key,
            payload=shape.model_copy(update={"rows": [json.loads(row) for row in rows]}),
            part=part + 1,
            parts=parts,
        )
