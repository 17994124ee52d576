"""What another tablet or an operator brings is taken once, as if its own tablet had sent it."""

import json
import threading
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from agent.domain import parcel as format_
from agent.domain.exchange import ParcelReceipt, Receipt
from agent.domain.signing import content_hash, is_signed_by
from agent.smm.app import create_app
from agent.smm.database import Database
from agent.smm.intake import parcels
from agent.smm.models import AuditEntry, EnrolledTablet, Execution, Reading, ReceivedRange, ReportedAbsence
from tests.smm.conftest import Tablet
from tests.smm.packing import bring, parcel_of, sealed


@pytest.fixture
def carrier(client: FlaskClient) -> Tablet:
    made = Tablet(client)
    assert made.log_in().status_code == 201
    return made


def count(database: Database, table: type[Any]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def counts(answer: Any) -> tuple[int, ...]:
    """Taken, accepted, duplicate, refused."""
    assert answer.status_code == 200, answer.text
    return tuple(answer.json[name] for name in ("taken", "accepted", "duplicate", "refused"))


def test_by_both_roads_each_job_is_taken_once(tablet: Tablet, carrier: Tablet, database: Database) -> None:
    envelopes = [tablet.envelope(minutes=number) for number in range(3)]
    parcel = parcel_of(tablet, *envelopes)
    assert tablet.states(envelopes[0]) == ["accepted"]
    assert counts(bring(carrier, parcel.content)) == (3, 2, 1, 0)
    assert counts(bring(carrier, parcel.content)) == (3, 0, 3, 0)
    assert tablet.states(*envelopes) == ["duplicate"] * 3
    assert count(database, Execution) == count(database, Reading) == 3
    with database.read() as session:
        assert set(session.scalars(select(Execution.device_id))) == {tablet.id}
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "parcel-taken")).all()
    assert [(each.actor, each.subject, each.details["accepted"]) for each in noted] == [
        ("claudio.silva", tablet.id, 2),
        ("claudio.silva", tablet.id, 0),
    ]


def test_the_receipt_is_signed(tablet: Tablet, carrier: Tablet) -> None:
    parcel = parcel_of(tablet, tablet.envelope())
    receipt = ParcelReceipt.model_validate(bring(carrier, parcel.content).json)
    key = bytes.fromhex(carrier.enrol()["receipt_key"])
    assert is_signed_by(key, receipt.signed(parcel.head.digest), receipt.signature or "")


def test_both_roads_at_once(url: str, tablet: Tablet, carrier: Tablet, database: Database) -> None:
    envelopes = [tablet.envelope(minutes=number) for number in range(8)]
    content = parcel_of(tablet, *envelopes).content
    begun = threading.Barrier(4)
    troubles: list[object] = []

    def call(road: int) -> None:
        own = Tablet.__new__(Tablet)
        own.__dict__ |= {**(carrier if road % 2 else tablet).__dict__, "client": create_app(url).test_client()}
        begun.wait(10)
        answer = bring(own, content) if road % 2 else own.send(*envelopes)
        if answer.status_code != 200:
            troubles.append(answer.text)

    threads = [threading.Thread(target=call, args=[road]) for road in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert count(database, Execution) == count(database, Reading) == 8


def test_a_bad_one_does_not_block_the_rest(tablet: Tablet, carrier: Tablet, database: Database) -> None:
    forged = {**tablet.envelope(), "executed_by": "somebody.else"}
    of_nobody = {**tablet.envelope(), "device": "T-0000000000000000"}
    parcel = parcel_of(tablet, forged, of_nobody, [1], "text", tablet.envelope())
    assert counts(bring(carrier, parcel.content)) == (5, 1, 0, 4)
    assert count(database, Reading) == 1


@pytest.mark.parametrize("state", ["revoked", "pending"])
def test_a_tablet_that_is_not_approved(tablet: Tablet, carrier: Tablet, database: Database, state: str) -> None:
    parcel, envelope = parcel_of(tablet, tablet.envelope()), tablet.envelope()
    with database.begin() as session:
        session.execute(update(EnrolledTablet).where(EnrolledTablet.id == tablet.id).values(state=state))
    assert counts(bring(carrier, parcel.content)) == (1, 0, 0, 1)
    (receipt,) = carrier.send(envelope).json["receipts"]
    assert (receipt["state"], receipt["code"]) == ("rejected", "tablet-not-approved")
    with database.begin() as session:
        session.execute(update(EnrolledTablet).where(EnrolledTablet.id == tablet.id).values(state="approved"))
    assert counts(bring(carrier, parcel.content)) == (1, 1, 0, 0)
    assert count(database, Reading) == 1


def test_a_tablet_that_was_started_anew_sends_what_the_former_one_left(
    tablet: Tablet, carrier: Tablet, database: Database
) -> None:
    """In one batch with its own; what nobody enrolled has made is refused."""
    left = [tablet.envelope(minutes=number) for number in range(2)]
    foreign = tablet.envelope(device="T-0000000000000000")
    forged = {**left[0], "signature": "00" * 64, "key": tablet.envelope()["key"]}
    own = carrier.envelope(minutes=9)
    answer = carrier.send(left[0], own, foreign, forged, left[1]).json["receipts"]
    assert [receipt["key"] for receipt in answer] == [each["key"] for each in (left[0], own, foreign, forged, left[1])]
    assert [receipt["state"] for receipt in answer] == ["accepted", "accepted", "rejected", "rejected", "accepted"]
    assert [receipt["code"] for receipt in answer[2:4]] == ["other-tablet", "wrong-signature"]
    assert tablet.states(*left) == ["duplicate", "duplicate"]
    with database.read() as session:
        made = session.execute(select(Execution.device_id, Execution.sequence).order_by(Execution.executed_at)).all()
    assert [tuple(row) for row in made] == [(tablet.id, 1), (tablet.id, 2), (carrier.id, 1)]


def test_numbers_and_absences_are_those_of_the_tablet_that_made_it(
    tablet: Tablet, carrier: Tablet, database: Database
) -> None:
    first, _, third = (tablet.envelope(minutes=number) for number in range(3))
    gone = {"first": 2, "last": 2, "cause": "closed", "note": "made twice"}
    parcel = parcel_of(tablet, first, third, last_sequence=4, absences=[gone])
    assert counts(bring(carrier, parcel.content)) == (2, 2, 0, 0)
    with database.read() as session:
        ranges = session.execute(select(ReceivedRange.device_id, ReceivedRange.first, ReceivedRange.last)).all()
        (absent,) = session.scalars(select(ReportedAbsence)).all()
    assert [tuple(row) for row in ranges] == [(tablet.id, 1, 1), (tablet.id, 3, 3)]
    assert (absent.device_id, absent.first, absent.note, absent.reported_by) == (
        tablet.id,
        2,
        "made twice",
        "claudio.silva",
    )
    asked: Any = tablet.client.post(
        "/api/v1/executions", json={"envelopes": [], "last_sequence": 4}, headers=tablet.headers
    )
    assert asked.json["missing"] == [{"first": 4, "last": 4}]


def test_a_carriers_clock_says_nothing_of_the_others_work(tablet: Tablet, carrier: Tablet, database: Database) -> None:
    """The carrier is ten years ahead, and sends what the former tablet left with what is its own."""
    left, own = tablet.envelope(), carrier.envelope()
    content = {"envelopes": [left, own], "sent_at": "2036-11-28T12:00:00Z", "last_sequence": 1}
    answer: Any = carrier.client.post("/api/v1/executions", json=content, headers=carrier.headers).json
    assert [receipt["state"] for receipt in answer["receipts"]] == ["accepted", "accepted"]
    assert answer["missing"] == []
    key = bytes.fromhex(carrier.enrol()["receipt_key"])
    for receipt, envelope in zip(answer["receipts"], (left, own), strict=True):
        head = {name: value for name, value in envelope.items() if name not in ("payload", "signature")}
        signed = Receipt.model_validate(receipt).signed(carrier.id, content_hash(head))
        assert is_signed_by(key, signed, receipt["signature"])
    with database.read() as session:
        taken = session.scalars(select(Execution).where(Execution.device_id == tablet.id)).one()
    assert taken.executed_at and taken.corrected_at
    assert abs((taken.corrected_at - taken.executed_at).total_seconds()) <= 1


def test_damaged_and_foreign_files(tablet: Tablet, carrier: Tablet, database: Database) -> None:
    envelope = tablet.envelope()
    content = parcel_of(tablet, envelope).content
    for damaged, code in ((content[:-1], "parcel-damaged"), (b"", "parcel-none"), (b"%PDF", "parcel-none")):
        answer = bring(carrier, damaged)
        assert (answer.status_code, answer.json["code"]) == (422, code)
    foreign = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    answer = bring(carrier, parcel_of(tablet, envelope, key=foreign).content)
    assert (answer.status_code, answer.json["code"], answer.json["taken"]) == (200, "parcel-foreign", 0)
    assert answer.json["signature"]
    for body in (b"no zlib", zlib.compress(b"{}"), zlib.compress(b"[]\n"), zlib.compress(b'{"envelopes": []}\n')):
        assert bring(carrier, sealed(tablet, body, 1).content).json["code"] == "parcel-damaged"
    assert count(database, Execution) == 0
    assert bring(Tablet(tablet.client), content).status_code == 401
    assert bring(carrier, bytes(format_.MAX_FILE + 1)).status_code == 413


def test_a_bomb_is_given_up(tablet: Tablet, carrier: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_, "MAX_UNPACKED", 1 << 20)
    body = zlib.compress(b'{"envelopes": []}\n' + (b" " * (300 << 10) + b"{}\n") * 8)
    answer = bring(carrier, sealed(tablet, body, 8).content)
    assert (answer.status_code, answer.json["code"]) == (200, "parcel-too-large")


def test_a_large_one_is_taken_in_pieces(
    tablet: Tablet, carrier: Tablet, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "SECONDS", -1.0)
    monkeypatch.setattr(parcels, "MAX_BATCH", 2)
    content = parcel_of(tablet, *(tablet.envelope(minutes=number) for number in range(5))).content
    taken, answers = 0, []
    while taken < 5:
        answers.append(counts(bring(carrier, content, taken)))
        taken = answers[-1][0]
    assert answers == [(2, 2, 0, 0), (4, 2, 0, 0), (5, 1, 0, 0)]
    assert counts(bring(carrier, content, 5)) == (5, 0, 0, 0)
    assert count(database, Execution) == 5


def test_lines_that_are_no_json(tablet: Tablet, carrier: Tablet) -> None:
    body = zlib.compress(
        b'{"envelopes": []}\n' + b"[" * 5000 + b"\n\xff\n" + json.dumps(tablet.envelope()).encode() + b"\n"
    )
    assert counts(bring(carrier, sealed(tablet, body, 3).content)) == (3, 1, 0, 2)
