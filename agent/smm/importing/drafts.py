"""Lists that were checked and wait for *Import*: kept encrypted for an hour, for the user who uploaded them."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from agent.domain.errors import InputError
from agent.smm.importing.reading import SheetLine
from agent.smm.keys import KeyBox
from agent.smm.models import ImportDraft

KEPT = timedelta(hours=1)


def keep(session: Session, keys: KeyBox, lines: Sequence[SheetLine], by: str, now: datetime) -> str:
    """Keeps a list and returns its name. Deletes expired ones."""
    session.execute(delete(ImportDraft).where(ImportDraft.made_at <= now - KEPT))
    name = secrets.token_hex(16)
    sealed = keys.lock({"lines": json.dumps([asdict(line) for line in lines])}, name)
    session.add(ImportDraft(id=name, made_by=by, made_at=now, sealed_rows=sealed))
    return name


def take(session: Session, keys: KeyBox, name: str, by: str, now: datetime) -> list[SheetLine]:
    """The list of this name, which can be taken once. Raises: InputError `import-gone`."""
    draft = session.get(ImportDraft, name, with_for_update=True)
    if draft is None or draft.made_by != by or draft.made_at <= now - KEPT:
        raise InputError(code="import-gone")
    session.delete(draft)
    return [SheetLine(**line) for line in json.loads(json.loads(keys.unlock(draft.sealed_rows, name))["lines"])]
