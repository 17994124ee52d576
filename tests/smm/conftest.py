"""A real database file, the app on it, and a tablet that is enrolled."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask.testing import FlaskClient
from sqlalchemy import make_url, select

from agent.domain.exchange import EnvelopeHead
from agent.domain.signing import content_hash, sign
from agent.domain.uuid7 import uuid7
from agent.smm.app import create_app
from agent.smm.database import Database
from agent.smm.keys import VARIABLE
from agent.smm.models import Base
from agent.smm.sample import init
from tests.conftest import copied
from tests.postgres import Postgres, running

KEY = "11" * 32
SERIAL = "UAAEEDN11200129695"
ENERGIES = {"t1": 55134, "t2": 312258, "t3": 981227, "t4": 172, "t5": 1043, "t6": 2309}


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
"""The fast part of the tests uses SQLite only."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running(on_disk=False) as server:
        yield server


@pytest.fixture(scope="session")
def sample_database(postgres: Postgres) -> str:
    """The name of a database with the sample, from which tests copy."""
    url = postgres.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, KEY)
        init(url, sample=True)
    return str(make_url(url).database)


@pytest.fixture(params=BOTH)
def url(
    request: pytest.FixtureRequest, smm_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A database with the sample; every test runs on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        monkeypatch.setenv(VARIABLE, KEY)
        postgres: Postgres = request.getfixturevalue("postgres")
        made = postgres.create(request.getfixturevalue("sample_database"))
        yield made
        postgres.drop(made)
        return
    yield copied(smm_sample, tmp_path)


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with nothing in it, on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        monkeypatch.setenv(VARIABLE, KEY)
        postgres: Postgres = request.getfixturevalue("postgres")
        made = postgres.create()
        yield made
        postgres.drop(made)
        return
    yield f"sqlite:///{tmp_path / 'empty.sqlite'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def client(url: str) -> FlaskClient:
    return create_app(url).test_client()


def everything_in(database: Database) -> str:
    """What a thief of the database would find in it."""
    with database.engine.connect() as connection:
        tables = Base.metadata.sorted_tables
        return "".join(repr(row) for table in tables for row in connection.execute(select(table)))


class Tablet:
    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.signing = Ed25519PrivateKey.generate()
        self.sealing = X25519PrivateKey.generate()
        self.token = ""
        self.sequence = 0
        self.id = self.enrol()["id"]

    def enrol(self) -> Any:
        keys = {
            "signing_key": self.signing.public_key().public_bytes_raw().hex(),
            "sealing_key": self.sealing.public_key().public_bytes_raw().hex(),
        }
        return self.client.post("/api/v1/devices", json={"name": "tablet-01", **keys}).json

    def log_in(self, username: str = "claudio.silva", password: str = "bird-2026") -> Any:
        credentials = {"username": username, "password": password, "device": self.id}
        answer = self.client.post("/api/v1/sessions", json=credentials)
        if answer.status_code == 201:
            self.token = answer.json["token"] if answer.json else ""
        return answer

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query or None, headers=self.headers)

    def post(self, path: str) -> Any:
        return self.client.post(f"/api/v1{path}", headers=self.headers)

    def envelope(self, serial: str = SERIAL, minutes: int = 0, **changes: Any) -> dict[str, Any]:
        """A signed reading; `changes` replace fields of the head before it is signed."""
        return self.signed(reading(serial), datetime(2026, 11, 20, 15, 27 + minutes, tzinfo=UTC), **changes)

    def envelope_of(self, payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The same with another payload."""
        return self.signed(payload, datetime(2026, 11, 20, 15, 27, tzinfo=UTC), **changes)

    def failure(self, code: str, **params: str) -> dict[str, Any]:
        payload = {"kind": "failure", "serial": SERIAL, "code": code, "params": params}
        return self.signed(payload, datetime(2026, 11, 20, 16, 0, tzinfo=UTC))

    def signed(self, payload: dict[str, Any], at: datetime, **changes: Any) -> dict[str, Any]:
        self.sequence += 1
        fields: dict[str, Any] = {
            "key": str(uuid7(int(at.timestamp() * 1000), bytes.fromhex(self.id[-12:]) + self.sequence.to_bytes(4))),
            "kind": "reading",
            "job": f"job-{self.sequence}",
            "device": self.id,
            "sequence": self.sequence,
            "executed_by": "claudio.silva",
            "started_at": at,
            "executed_at": at,
            "clock_drift_s": 1,
            "sha256": content_hash(payload),
        }
        head = EnvelopeHead.model_validate({**fields, **changes}).head()
        return {**head, "payload": payload, "signature": sign(self.signing.private_bytes_raw(), head)}

    def send(self, *envelopes: Any, **batch: Any) -> Any:
        """`batch` are the other fields of the batch."""
        body = {"envelopes": list(envelopes), **batch}
        return self.client.post("/api/v1/executions", json=body, headers=self.headers)

    def missing(self, *envelopes: Any, **batch: Any) -> list[tuple[int, int]]:
        """What SMM lacks of this tablet, after it got these."""
        ranges = self.send(*envelopes, **{"last_sequence": self.sequence, **batch}).json["missing"]
        return [(each["first"], each["last"]) for each in ranges]

    def states(self, *envelopes: Any) -> list[str]:
        answer = self.send(*envelopes)
        assert answer.status_code == 200, answer.text
        return [receipt["state"] for receipt in answer.json["receipts"]]


def reading(serial: str = SERIAL) -> dict[str, Any]:
    tariffs = {
        name: {"obis": f"1.0.1.8.{name[1]}.255", "value": str(value), "scaler": 0, "unit": "Wh"}
        for name, value in ENERGIES.items()
    }
    return {
        "kind": "reading",
        "serial": serial,
        "tariffs": tariffs,
        "total": {"obis": "1.0.1.8.0.255", "value": str(sum(ENERGIES.values())), "scaler": 0, "unit": "Wh"},
        "meter_time": "2026-11-20T15:27:22Z",
        "drift_s": 3,
        "app_version": "3131",
        "breaker": {"control": 0, "output": False},
        "warnings": [],
    }


@pytest.fixture
def tablet(client: FlaskClient) -> Tablet:
    made = Tablet(client)
    made.log_in()
    return made
