"""The schema's steps."""

import sqlite3

import pytest
from sqlite_utils import Database

from agent.store import digests
from agent.store.migrations import MIGRATIONS, migrate, version_of


def test_a_step_that_fails_leaves_the_former_version() -> None:
    db = Database(memory=True)
    digests.prepare(db)
    steps = (*MIGRATIONS, "CREATE TABLE extra (a INTEGER); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, steps)
    assert version_of(db) == len(MIGRATIONS)
    assert "extra" not in db.table_names()
    migrate(db, (*MIGRATIONS, "CREATE TABLE extra (a INTEGER);"))
    assert version_of(db) == len(MIGRATIONS) + 1
    migrate(db, (*MIGRATIONS, "CREATE TABLE extra (a INTEGER);"))
