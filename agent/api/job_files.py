"""Results of jobs as files: CSV, shown, downloaded or saved; and a load profile's rows for the page's plot."""

import re
from collections.abc import Iterable
from errno import ENOSPC
from pathlib import Path

from agent.api.load_profiles import column_pieces, csv_pieces
from agent.domain.errors import InputError, StorageFull, StoreError
from agent.domain.exchange import parse_result
from agent.domain.result_tables import table_of
from agent.domain.table import csv_file
from agent.store import Store, jobs, load_profiles
from agent.store.jobs import JobRecord
from agent.store.load_profiles import StoredProfile


def csv_of(record: JobRecord, culture: str) -> tuple[str, bytes]:
    """File name and content of a job that has a result."""
    return csv_name(record), csv_file(table_of(parse_result(record.result or {})), culture)


def csv_name(record: JobRecord) -> str:
    """Serial number, activity, date."""
    moment = (record.ended_at or record.created_at).astimezone()
    activity = record.activity.label.replace(" ", "")
    serial = re.sub("[^A-Z0-9]", "-", record.serial)
    return f"{serial}_{activity}_{moment:%Y%m%dT%H%M%S}.csv"


class JobFiles:
    """Everything in pieces, so that a year of rows is never in memory at once. `folder` is where files are saved."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def csv(self, job: str, culture: str) -> tuple[str, Iterable[bytes]]:
        """File name and content.

        Raises:
            InputError: `unknown-job`, also where it has no result.
        """
        with self._store.read() as db:
            record = jobs.get(db, job)
        if record.rows is not None:
            return csv_name(record), csv_pieces(self._store, self._profile(job), culture)
        if record.result is None:
            raise InputError(code="unknown-job")
        name, content = csv_of(record, culture)
        return name, (content,)

    def rows(self, job: str) -> Iterable[bytes]:
        """JSON of `ProfileColumns`.

        Raises:
            InputError: `unknown-job`, also where it has no rows.
        """
        return column_pieces(self._store, self._profile(job))

    def save(self, job: str, culture: str) -> str:
        """Writes the CSV into the folder, and gives its path.

        Raises:
            InputError: `unknown-job`.
            StorageFull, StoreError: it could not be written.
        """
        name, content = self.csv(job, culture)
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.writelines(content)
        except OSError as error:
            raise (StorageFull if error.errno == ENOSPC else StoreError)(str(error)) from None
        return str(path)

    def _profile(self, job: str) -> StoredProfile:
        with self._store.read() as db:
            stored = load_profiles.find(db, job)
        if stored is None or stored.shape is None:
            raise InputError(code="unknown-job")
        return stored
