"""A load profile on its way to the page: a year of four channels, read from the store while it is sent."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlite_utils import Database

from agent.api.app import Downloads, create_app
from agent.api.door import Door
from agent.api.hub import Hub
from agent.api.load_profiles import column_pieces, csv_pieces, profile_view
from agent.store import Store, jobs, load_profiles
from agent.store.load_profiles import KeptRow, StoredProfile
from tests.cpu_time import ratio
from tests.store.samples import NOW, SERIAL, new_job, write

FIRST = datetime(2025, 11, 1, tzinfo=UTC)
YEAR = 35_040
CHANNELS = ("8/0.0.1.0.0.255/2", "1/0.0.96.10.1.255/2", *(f"3/1.0.{c}.8.0.255/2" for c in (1, 2, 3, 4)))
UNITS = (None, None, "Wh", "Wh", "varh", "varh")


def row(number: int) -> list[str | None]:
    moment = FIRST + timedelta(minutes=15 * number)
    status = "00000010" if number == 7 else str(number % 2)
    gap = None if number == 9 else f"{number}.25"
    return [moment.isoformat(), status, str(number), gap, str(-number), "x" if number == 3 else "0.5"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("year"))
    write(opened, lambda db: jobs.create(db, new_job()))
    write(opened, lambda db: load_profiles.begin(db, "job-1", SERIAL, FIRST, NOW, new_only=True))
    channels = [{"name": name, "scaler": None, "unit": unit} for name, unit in zip(CHANNELS, UNITS, strict=True)]
    shape = {"kind": "load-profile", "serial": SERIAL, "channels": channels, "capture_period_s": 900}
    first = int(FIRST.timestamp())
    rows = [KeptRow(None if n == 5 else first + 900 * n, json.dumps(row(n))) for n in range(YEAR)]
    write(opened, lambda db: load_profiles.set_shape(db, 1, shape))
    write(opened, lambda db: load_profiles.append(db, 1, 0, rows))
    yield opened
    opened.close()


@pytest.fixture
def stored(store: Store) -> StoredProfile:
    with store.read() as db:
        found = load_profiles.find(db, "job-1")
    assert found is not None
    return found


def test_columns(store: Store, stored: StoredProfile) -> None:
    pieces = list(column_pieces(store, stored))
    assert max(map(len, pieces)) < 20_000
    told = json.loads(b"".join(pieces))
    assert set(told) == {"times", "status", "values"}
    assert len(told["times"]) == len(told["status"]) == YEAR
    assert told["times"][4:7] == [int(FIRST.timestamp()) + 3600, None, int(FIRST.timestamp()) + 5400]
    assert told["status"][:8] == [0, 1, 0, 1, 0, 1, 0, 2]
    assert [len(values) for values in told["values"]] == [YEAR] * 4
    assert told["values"][0] == list(range(YEAR))
    assert told["values"][1][8:11] == [8.25, None, 10.25]
    assert told["values"][2][-1] == -(YEAR - 1)
    assert told["values"][3][2:5] == [0.5, None, 0.5]


@pytest.mark.slow
def test_a_year_costs_a_few_times_what_parsing_it_costs(store: Store, stored: StoredProfile) -> None:
    texts = [json.dumps(row(n)) for n in range(YEAR)]

    def parse() -> list[object]:
        return [json.loads(text) for text in texts]

    assert ratio(lambda: list(column_pieces(store, stored)), parse) < 15
    assert ratio(lambda: list(csv_pieces(store, stored, "es")), parse) < 20


def test_csv(store: Store, stored: StoredProfile) -> None:
    pieces = list(csv_pieces(store, stored, "es"))
    assert max(map(len, pieces)) < 100_000
    lines = b"".join(pieces).decode("utf-8-sig").split("\r\n")
    assert lines[0] == ("time;status;Active Forward Wh;Active Reverse Wh;Reactive Forward varh;Reactive Reverse varh")
    assert lines[2] == "2025-11-01 00:15:00+00:00;1;1;1,25;-1;0,5"
    assert lines[8].startswith("2025-11-01 01:45:00+00:00;00000010;7;"), "bits are not a number"
    assert lines[10].startswith("2025-11-01 02:15:00+00:00;1;9;;-9")
    assert len(lines) == YEAR + 2 and lines[-1] == ""


def test_downloads_are_for_our_own_page_and_for_jobs_that_are_here(store: Store, stored: StoredProfile) -> None:
    downloads = Downloads(
        lambda job: ("a.csv", csv_pieces(store, stored, "en")) if job == "job-1" else None,
        lambda job: column_pieces(store, stored) if job == "job-1" else None,
    )
    app = create_app(cast(Hub, None), {}, cast(asyncio.AbstractEventLoop, None), Door(8080, "token"), downloads)
    page = app.test_client(use_cookies=False)
    headers = {"Host": "localhost:8080"}
    assert page.get("/jobs/job-1/rows.json", headers=headers).status_code == 403
    headers["Cookie"] = "eplus-8080=token"
    answer = page.get("/jobs/job-1/rows.json", headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert len(answer.get_json()["times"]) == YEAR
    answer = page.get("/jobs/job-1.csv", headers=headers)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.csv"'
    assert answer.data.count(b"\r\n") == YEAR + 1
    for name in ("job-2.csv", "job-2/rows.json"):
        assert page.get(f"/jobs/{name}", headers=headers).status_code == 404


def test_view(store: Store, stored: StoredProfile) -> None:
    with store.read() as db:
        view = profile_view(db, stored, "POD3", {"warnings": ["rows-set-aside"]})
    assert view is not None
    assert view.channels == ["Active Forward", "Active Reverse", "Reactive Forward", "Reactive Reverse"]
    assert view.warnings == ["rows-set-aside"]
    assert view.units == ["Wh", "Wh", "varh", "varh"]
    assert (view.rows, view.first) == (YEAR, "2025-11-01T00:00:00.000Z")


def test_capture_times_are_times_and_channels_have_words_in_the_language_of_the_user(store: Store) -> None:
    names = ["8/0.0.1.0.0.255/2", "4/1.0.1.6.0.255/2", "4/1.0.1.6.0.255/5"]
    channels = [{"name": name, "scaler": None, "unit": "W" if name.endswith("6.0.255/2") else None} for name in names]
    shape = {"kind": "load-profile", "serial": SERIAL, "channels": channels, "capture_period_s": 900}
    cells = json.dumps([FIRST.isoformat(), "5", FIRST.isoformat()])

    def keep(db: Database) -> None:
        jobs.create(db, new_job("job-9"))
        load_profiles.begin(db, "job-9", SERIAL, FIRST, FIRST, new_only=False)
        found = load_profiles.find(db, "job-9")
        assert found is not None
        load_profiles.set_shape(db, found.id, shape)
        load_profiles.append(db, found.id, 0, [KeptRow(int(FIRST.timestamp()), cells)])

    write(store, keep)
    with store.read() as db:
        stored = load_profiles.find(db, "job-9")
        assert stored is not None
        view = profile_view(db, stored, None, None, "es-CL")
    assert view is not None
    assert view.channels == ["Active Forward, máximo", "Active Forward, máximo, capturado a las"]
    told = json.loads(b"".join(column_pieces(store, stored)))
    assert told["values"] == [[5], [FIRST.isoformat()]]
    lines = b"".join(csv_pieces(store, stored, "es")).decode("utf-8-sig").splitlines()
    assert lines[1] == "2025-11-01 00:00:00+00:00;5;2025-11-01 00:00:00+00:00"
