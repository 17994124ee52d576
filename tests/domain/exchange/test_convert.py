"""From the words of the field to messages, and back."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.domain import parameters
from agent.domain.errors import InputError
from agent.domain.exchange import cell_text, parameters_of, parse_parameters, parse_result, payload_of
from agent.domain.reading import Breaker, BreakerState, MeterReading, Quantity
from agent.domain.results import Cell, EventEntry, EventLog

SERIAL = "UAAEEDN11200129695"
NOON = datetime(2026, 11, 28, 12, tzinfo=timezone(timedelta(hours=-3)))
energies = st.builds(
    lambda value, scaler: Quantity("1.0.1.8.0.255", Decimal(value).scaleb(scaler), scaler, "Wh"),
    st.integers(0, 10**12),
    st.integers(-3, 3),
)


@given(st.dictionaries(st.sampled_from(["t1", "t2", "t3", "t4", "t5", "t6"]), energies), energies, st.booleans())
def test_a_reading_comes_back_exactly(tariffs: dict[str, Quantity], total: Quantity, output: bool) -> None:
    breaker = Breaker(BreakerState.CONNECTED, output)
    payload = payload_of(MeterReading(SERIAL, tariffs, total, NOON, 3, "3131", breaker, ()))
    again = parse_result(payload.model_dump(mode="json"))
    assert again == payload
    assert Decimal(again.model_dump()["total"]["value"]) == total.value


def test_what_is_no_result_is_refused() -> None:
    for content in ({}, {"kind": "nothing-known"}, {"kind": "credit-read", "serial": SERIAL}):
        with pytest.raises(ValidationError):
            parse_result(content)


def test_events_keep_their_order_and_their_gaps() -> None:
    log = EventLog(SERIAL, (EventEntry(NOON, 7, None), EventEntry(None, 3, "power down")))
    entries = payload_of(log).model_dump()["entries"]
    assert [(each["code"], each["text"]) for each in entries] == [(7, None), (3, "power down")]
    assert entries[0]["at"] == NOON and entries[1]["at"] is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (7, "7"),
        ("bits", "bits"),
        (NOON, "2026-11-28T15:00:00+00:00"),
        (NOON.replace(tzinfo=None), "2026-11-28T12:00:00"),
        (datetime.max.replace(tzinfo=NOON.tzinfo), "9999-12-31T23:59:59.999999-03:00"),
    ],
)
def test_cells_as_text(cell: Cell, text: str | None) -> None:
    assert cell_text(cell) == text


def test_parameters_that_were_never_kept_are_none() -> None:
    assert parameters_of(parse_parameters({}), None) == parameters.Nothing()


def test_a_range_needs_both_ends_in_order() -> None:
    first, last = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"
    assert parameters_of(parse_parameters({"kind": "range", "first": first, "last": last}), None) == (
        parameters.ReadRange(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    )
    for ends in ({"first": first}, {"last": last}, {"first": last, "last": first}, {}):
        with pytest.raises(InputError, match="bad-range"):
            parameters_of(parse_parameters({"kind": "range", **ends}), None)


def test_a_charge_carries_its_order() -> None:
    message = parse_parameters({"kind": "charge", "amount_wh": 5, "token": "00ff"})
    assert parameters_of(message, 17) == parameters.ChargeCredit(5, b"\x00\xff", "17")


@pytest.mark.parametrize("reason", ["", "x" * 201, "nul \x00"])
def test_a_reason_is_a_text_of_one_to_two_hundred(reason: str) -> None:
    with pytest.raises(ValidationError):
        parse_parameters({"kind": "detach", "reason": reason})
