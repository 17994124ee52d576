"""Receipts: each is signed for its tablet and its envelope, and a refusal has a code that never changes."""

from typing import Any

import pytest

from agent.domain.exchange import Envelope, Receipt, RefusalCode
from agent.domain.signing import content_hash, is_signed_by
from agent.smm.app import create_app
from agent.smm.database import Database
from agent.smm.importing.reading import read_lines
from agent.smm.importing.taking_in import take_in
from agent.smm.keys import KeyBox
from tests.smm import samples
from tests.smm.conftest import Tablet, reading

NOT_KNOWN = "UAAEEDN00000000000"


def in_kilowatt_hours(tablet: Tablet) -> dict[str, Any]:
    payload = reading()
    payload["total"]["unit"] = "kWh"
    return tablet.envelope_of(payload)


def changed(tablet: Tablet) -> dict[str, Any]:
    envelope = tablet.envelope()
    envelope["payload"]["total"]["value"] = "1"
    return envelope


BAD = {
    RefusalCode.UNKNOWN_METER: lambda tablet: tablet.envelope(serial=NOT_KNOWN),
    RefusalCode.NOT_AN_ENVELOPE: lambda tablet: {**tablet.envelope(), "part": "first"},
    RefusalCode.OTHER_ACTIVITY: lambda tablet: tablet.envelope_of(samples.charged(1, None)),
    RefusalCode.OTHER_TABLET: lambda tablet: tablet.envelope(device="T-0000000000000000"),
    RefusalCode.WRONG_HASH: changed,
    RefusalCode.WRONG_SIGNATURE: lambda tablet: {**tablet.envelope(), "executed_by": "somebody.else"},
    RefusalCode.NO_ENERGY: in_kilowatt_hours,
}


def receipts_of(tablet: Tablet, *envelopes: Any) -> list[Receipt]:
    return [Receipt.model_validate(each) for each in tablet.send(*envelopes).json["receipts"]]


def is_for(tablet: Tablet, receipt: Receipt, envelope: dict[str, Any]) -> bool:
    """As a tablet checks it, with the key that it learned when it enrolled."""
    assert receipt.signature is not None
    head = Envelope.model_validate(envelope).head()
    key = bytes.fromhex(tablet.enrol()["receipt_key"])
    return is_signed_by(key, receipt.signed(tablet.id, content_hash(head)), receipt.signature)


def test_accepted_and_duplicate_are_signed(tablet: Tablet) -> None:
    first, second = tablet.envelope(), tablet.envelope(minutes=1)
    for receipt, envelope in zip(receipts_of(tablet, first, second, first), (first, second, first), strict=True):
        assert is_for(tablet, receipt, envelope)
        assert receipt.code is None
    (receipt,) = receipts_of(tablet, first)
    assert not is_for(tablet, receipt, second), "a receipt closes its own envelope only"
    assert not is_for(Tablet(tablet.client), receipt, first), "and at its own tablet only"


@pytest.mark.parametrize("code", BAD)
def test_a_refusal_has_a_code_and_is_signed(tablet: Tablet, code: RefusalCode) -> None:
    bad = BAD[code](tablet)
    (receipt,) = receipts_of(tablet, bad)
    assert (receipt.state, receipt.code) == ("rejected", code)
    assert receipt.reason
    if code is not RefusalCode.NOT_AN_ENVELOPE:
        assert is_for(tablet, receipt, bad)


def test_a_conflict_says_so(tablet: Tablet) -> None:
    first = tablet.envelope()
    other = tablet.envelope(key=first["key"])
    _, receipt = receipts_of(tablet, first, other)
    assert (receipt.state, receipt.code) == ("conflict", "other-content")
    assert is_for(tablet, receipt, other)


def test_what_is_no_envelope_is_signed_over_what_came(tablet: Tablet) -> None:
    key = bytes.fromhex(tablet.enrol()["receipt_key"])
    came: list[dict[str, Any]] = [{"key": "x", "of": "no kind"}, {"key": "y", "part": 1.5}]
    signed, unsigned = receipts_of(tablet, *came)
    assert signed.signature is not None
    assert is_signed_by(key, signed.signed(tablet.id, content_hash(came[0])), signed.signature)
    assert unsigned.signature is None, "a float has no canonical form"


def test_an_envelope_is_taken_when_its_meter_is_known(tablet: Tablet, database: Database, url: str) -> None:
    envelope = tablet.envelope(serial=NOT_KNOWN)
    refused = tablet.send(envelope).json
    assert refused["receipts"][0]["code"] == "unknown-meter"
    lines = read_lines(f"serial;model\n{NOT_KNOWN};CERM1\n".encode())
    with database.begin() as session:
        assert not take_in(session, KeyBox.for_database(url), lines, "Chile", dry_run=False).faults
    later = tablet.send().json
    assert later["directory_revision"] > refused["directory_revision"], "the tablet sees that it may try again"
    assert tablet.states(envelope) == ["accepted"]


def test_every_server_signs_alike(tablet: Tablet, url: str) -> None:
    before = tablet.enrol()
    tablet.client = create_app(url).test_client()
    after = tablet.enrol()
    assert (before["receipt_key"], before["parcel_key"]) == (after["receipt_key"], after["parcel_key"])
    assert before["receipt_key"] != before["parcel_key"]
