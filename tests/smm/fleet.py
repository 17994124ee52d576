"""Many tablets at once: enrolled and logged in by rows written to the database, their envelopes signed beforehand."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.domain.group import MOBILE_GROUP
from agent.domain.signing import canonical, content_hash
from agent.domain.uuid7 import uuid7
from agent.smm.database import Database
from agent.smm.models import EnrolledTablet, Meter, MobileSession, User

TAGS = tuple(f"area-{number}" for number in range(10))
_BEGIN = datetime(2026, 11, 20, 16, tzinfo=UTC)


@dataclass
class FleetTablet:
    id: str
    token: str
    key: Ed25519PrivateKey
    sequence: int = 0
    made: int = field(default=0)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def envelope(self, payload: dict[str, Any], kind: str = "reading", **changes: Any) -> dict[str, Any]:
        """A signed envelope, as it stands in a tablet's outbox."""
        self.sequence += 1
        at = _BEGIN + timedelta(seconds=self.sequence)
        moment = at.isoformat().replace("+00:00", "Z")
        head = {
            "key": str(uuid7(int(at.timestamp() * 1000), bytes.fromhex(self.id[-12:]) + self.sequence.to_bytes(4))),
            "schema_version": 1,
            "kind": kind,
            "part": 1,
            "parts": 1,
            "job": f"job-{self.sequence}",
            "work_order": None,
            "fence": None,
            "device": self.id,
            "sequence": self.sequence,
            "executed_by": "fleet",
            "started_at": moment,
            "executed_at": moment,
            "clock_drift_s": 1,
            "sha256": content_hash(payload),
            **changes,
        }
        return {**head, "payload": payload, "signature": self.key.sign(canonical(head)).hex()}

    def readings(self, serials: Sequence[str]) -> bytes:
        """The body of a batch: a reading of each meter."""
        return json.dumps({"envelopes": [self.envelope(fleet_reading(serial)) for serial in serials]}).encode()


def fleet_reading(serial: str) -> dict[str, Any]:
    def register(number: int, value: int) -> dict[str, Any]:
        return {"obis": f"1.0.1.8.{number}.255", "value": str(value), "scaler": 0, "unit": "Wh"}

    return {
        "kind": "reading",
        "serial": serial,
        "tariffs": {f"t{number}": register(number, 1000 * number) for number in range(1, 7)},
        "total": register(0, 21000),
        "meter_time": "2026-11-20T15:27:22Z",
        "drift_s": 3,
        "app_version": "3131",
        "breaker": {"control": 1, "output": True},
        "warnings": [],
    }


def enrol(database: Database, count: int, now: datetime) -> list[FleetTablet]:
    """Approved tablets, each with a session of the one technician `fleet`, who has no tag."""
    tablets = [_tablet(number) for number in range(count)]
    with database.begin() as session:
        user = User(username="fleet", name="Fleet", group=MOBILE_GROUP, culture="es-CL", password_hash="")
        session.add(user)
        session.flush()
        for tablet in tablets:
            public = tablet.key.public_key().public_bytes_raw().hex()
            session.add(
                EnrolledTablet(
                    id=tablet.id,
                    name=tablet.id,
                    signing_key=public,
                    sealing_key="00" * 32,
                    state="approved",
                    enrolled_at=now,
                    seen_at=now,
                )
            )
        session.flush()
        for tablet in tablets:
            session.add(
                MobileSession(
                    token_hash=hashlib.sha256(tablet.token.encode()).hexdigest(),
                    user_id=user.id,
                    device_id=tablet.id,
                    created_at=now,
                    expires_at=now + timedelta(days=1),
                )
            )
    return tablets


def add_meters(database: Database, count: int) -> list[str]:
    """Serial numbers of new meters, spread over ten areas."""
    serials = [f"FLEET{number:013}" for number in range(count)]
    with database.begin() as session:
        for number, serial in enumerate(serials):
            session.add(
                Meter(
                    serial=serial,
                    model="cerm1",
                    concentrator=f"C{number // 200:05}",
                    mac=f"{number:012X}",
                    tag=TAGS[number % len(TAGS)],
                    pod=f"POD{number:09}",
                    revision=number + 1000,
                )
            )
    return serials


def _tablet(number: int) -> FleetTablet:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"tablet {number}".encode()).digest())
    name = "T-" + hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    return FleetTablet(name, f"token-{number}", key)
