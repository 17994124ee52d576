"""What an administrator does from the command line."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from agent.domain.errors import InputError
from agent.smm.commands import smm
from agent.smm.database import Database, utc_now
from agent.smm.intake import partitions
from agent.smm.models import AuditEntry, ImportDraft, LoginFailures, ProfileRow, RequestCount, User
from agent.smm.service import upkeep
from tests.conftest import copied
from tests.smm.conftest import SERIAL, Tablet
from tests.smm.samples import profile_part


def run(*arguments: str, typed: str = "") -> str:
    done = CliRunner().invoke(smm, list(arguments), input=typed)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_the_first_administrator(empty_url: str) -> None:
    command = ("init", "--database", empty_url, "--admin", "root")
    with pytest.raises(InputError):
        run(*command, typed="short\nshort\n")
    run(*command, typed="long-enough\nlong-enough\n")
    database = Database(empty_url)
    with database.read() as session:
        (user,) = session.scalars(select(User))
        assert (user.username, user.group, user.tag) == ("root", "Administrator", "")
        assert session.scalars(select(AuditEntry.action)).all() == ["user-created"]
    with pytest.raises(InputError) as caught:
        run("init", "--database", empty_url, "--admin", "second", typed="long-enough\nlong-enough\n")
    assert caught.value.code == "not-the-first"
    database.engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("user", "lock", "nobody"), 8, "eplus smm init"),
        (("key", "revoke", "nobody", "--database", "nonsense"), 8, "database"),
        (("user", "lock", "nobody", "--database", "{made}"), 2, "nobody"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    smm_sample: Path, tmp_path: Path, arguments: Any, code: int, words: str
) -> None:
    made = copied(smm_sample, tmp_path)
    command = [sys.executable, "-m", "agent", "smm", *(each.format(made=made) for each in arguments)]
    environment = {**os.environ, "EPLUS_SMM_DATABASE": f"sqlite:///{tmp_path / 'empty.sqlite'}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_months_are_made_ahead_and_take_in_what_waited(url: str, database: Database) -> None:
    assert "months made: none" in run("upkeep", "--database", url)
    if database.engine.dialect.name != "postgresql":
        return
    later = datetime(2031, 5, 17, tzinfo=UTC)
    row = {"serial": SERIAL, "channels_id": "x", "cells": [], "execution_key": "k", "received_at": later}
    with database.begin() as session:
        session.add(ProfileRow(captured_at=later, **row))
    with database.begin() as session:
        made = partitions.create_months(session.connection(), later)
        assert "profile_rows_203105" in made
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM ONLY profile_rows_203105")) == 1
        assert session.scalar(text("SELECT count(*) FROM ONLY profile_rows_other")) == 0


def test_what_nobody_needs_is_let_go(database: Database, tablet: Tablet) -> None:
    now = utc_now()
    with database.begin() as session:
        assert upkeep.keep_up(session, now).rows == 0
        session.add(LoginFailures(subject="user x", count=3, last_at=now))
        session.add(ImportDraft(id="d", made_by="x", made_at=now, sealed_rows=b""))
    with database.begin() as session:
        assert upkeep.keep_up(session, now + timedelta(days=1)).rows >= 3, "counts of calls are among them"
        left = [session.scalars(select(table)).all() for table in (RequestCount, LoginFailures, ImportDraft)]
        assert left == [[], [], []]
    assert tablet.get("/meters").status_code == 200
    with database.begin() as session:
        assert upkeep.keep_up(session, now + timedelta(days=500)).rows >= 1
    assert tablet.get("/meters").status_code == 401


def test_rows_of_a_profile_are_kept_once_whatever_brings_them(tablet: Tablet, database: Database) -> None:
    clock = {"name": "8/0.0.1.0.0.255/2", "scaler": None, "unit": None}
    energy = {"name": "3/1.0.1.29.0.255/2", "scaler": 0, "unit": "Wh"}

    def part(first_hour: int, *more: list[str | None]) -> dict[str, object]:
        rows = [[f"2026-11-20T{first_hour + n:02}:00:00+00:00", str(n)] for n in range(3)]
        return {**profile_part(1), "channels": [clock, energy], "rows": [*rows, *more]}

    odd: list[list[str | None]] = [[None, "1"], ["2026-11-20T05:00:00", "1"], ["no moment", "1"], []]
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    sent = [tablet.signed(part(hour, *odd), at, kind="load-profile") for hour in (3, 5, 0)]
    assert tablet.states(*sent) == ["accepted"] * 3
    with database.read() as session:
        found = session.scalars(select(ProfileRow).order_by(ProfileRow.captured_at)).all()
    assert [row.captured_at.hour for row in found] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert len({row.channels_id for row in found}) == 1


def test_a_profile_without_clock_stays_with_its_execution(tablet: Tablet, database: Database) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert tablet.states(tablet.signed(profile_part(1), at, kind="load-profile")) == ["accepted"]
    with database.read() as session:
        assert session.scalars(select(ProfileRow)).all() == []
