"""Prepayment of a simulated meter: each token once, and a balance that always adds up."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.dlms import ActionResult, AttributeDescriptor, Data, DataAccessResult, Obis, Tag
from agent.domain.prepayment import LARGEST_BALANCE_WH
from agent.domain.sample import FIRST_CREDIT_WH, METERS
from agent.simulator.meter import MANAGEMENT_CLIENT, SimulatedMeter, sample_meter
from agent.simulator.objects import structure
from agent.simulator.purse import Purse
from agent.simulator.token_gateway import Options
from tests.simulator.operated import (
    ACCOUNT,
    CREDIT,
    GATEWAY,
    SERIAL,
    USED_TOKENS,
    Time,
    act,
    credit,
    enter,
    get,
    new_meter,
    put,
    token,
    token_status,
    used_tokens,
)

REFUSED = ActionResult.OTHER_REASON
EMERGENCY, CHARGE, BREAKER = (112, "0.0.19.10.1"), (113, "0.0.19.20.0"), (70, "0.0.96.3.10")
CREDIT_MODE, PREPAYMENT_MODE = 1, 2


def double_long(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG, value)


def mode(meter: SimulatedMeter) -> tuple[int, int]:
    wanted, status = get(meter, ACCOUNT, 2).value
    return wanted.value, status.value


def set_mode(meter: SimulatedMeter, wanted: int, status: int = 2) -> DataAccessResult:
    return put(meter, ACCOUNT, 2, structure(Data(Tag.ENUM, wanted), Data(Tag.ENUM, status)))


def test_a_token_is_applied_once() -> None:
    meter = new_meter(Time())
    assert enter(meter, token(1, 500)) is ActionResult.SUCCESS
    assert (credit(meter), token_status(meter)) == (10_500, 3)
    assert get(meter, GATEWAY, 2).value == token(1, 500)
    assert enter(meter, token(1, 500)) is REFUSED
    assert (credit(meter), token_status(meter)) == (10_500, 6)
    assert used_tokens(meter) == [(1).to_bytes(16, "big")]
    assert meter.ledger.charges == {((1).to_bytes(16, "big").hex(), 500): 1}


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"", 4),
        (b"no token at all, but long enough to be one", 4),
        (token(1, 500, key=b"vend-of-another1"), 5),
        (token(1, 500)[:-1] + bytes((token(1, 500)[-1] ^ 1,)), 5),
        (token(1, 500, serial="SIM-0002"), 6),
        (token(1, 0), 6),
        (token(1, LARGEST_BALANCE_WH - 9_999), 7),
        (token(1, 4_294_967_295), 7),
    ],
)
def test_what_is_no_token_for_this_meter_now(octets: bytes, status: int) -> None:
    meter = new_meter(Time())
    assert enter(meter, octets) is REFUSED
    assert (credit(meter), token_status(meter), used_tokens(meter)) == (10_000, status, [])
    assert not meter.ledger.charges


def test_the_list_shows_the_last_64_and_none_is_ever_taken_again() -> None:
    meter = new_meter(Time())
    for number in range(70):
        assert enter(meter, token(number, 1)) is ActionResult.SUCCESS
    assert used_tokens(meter) == [number.to_bytes(16, "big") for number in range(6, 70)]
    assert enter(meter, token(0, 1)) is REFUSED
    assert credit(meter) == 10_070


tokens = st.builds(
    token,
    st.integers(0, 5),
    st.sampled_from([1, 1_000, LARGEST_BALANCE_WH // 2, 4_294_967_295]),
    st.sampled_from([SERIAL, SERIAL, SERIAL, "SIM-0002"]),
)
happenings = st.lists(st.one_of(tokens, st.timedeltas(timedelta(0), timedelta(days=30)), st.none()), max_size=25)


@settings(deadline=None)
@given(happenings, st.integers(-1000, 1_000_000))
def test_the_balance_is_start_plus_distinct_valid_tokens_minus_energy(happened: list[object], start: int) -> None:
    """Whatever comes, however often, and with the meter restarted (None) at any point."""
    time = Time()
    meter = new_meter(time, credit=start)
    first_energy = sum(meter.energies())
    applied: Counter[tuple[str | None, int]] = Counter()
    balance = start
    for each in happened:
        if isinstance(each, timedelta):
            time.passes(each)
        elif each is None:
            meter = new_meter(time, meter.ledger, credit=77)
        elif isinstance(each, bytes):
            number, amount = each[1:17].hex(), int.from_bytes(each[17:21], "big")
            is_due = SERIAL.encode() in each and all(known != number for known, _ in applied)
            is_due = is_due and credit(meter) + amount <= LARGEST_BALANCE_WH
            assert (enter(meter, each) is ActionResult.SUCCESS) == is_due
            if is_due:
                applied[number, amount] += 1
                balance += amount
        assert credit(meter) == balance - (sum(meter.energies()) - first_energy)
    assert meter.ledger.charges == applied


def test_in_credit_mode_nothing_is_taken_off() -> None:
    time = Time()
    meter = new_meter(time, credit=100_000)
    time.passes(timedelta(days=1))
    left = credit(meter)
    assert left < 100_000
    assert set_mode(meter, CREDIT_MODE) is DataAccessResult.SUCCESS
    time.passes(timedelta(days=1))
    assert (credit(meter), mode(meter)) == (left, (CREDIT_MODE, 2))
    assert get(meter, CREDIT, 8).value == 0
    assert set_mode(meter, PREPAYMENT_MODE) is DataAccessResult.SUCCESS
    assert credit(meter) == left
    time.passes(timedelta(days=1))
    assert credit(meter) < left


def test_the_account() -> None:
    meter = new_meter(Time(), purse=Purse())
    assert mode(meter) == (CREDIT_MODE, 2)
    assert [part.value for part in get(meter, ACCOUNT, 15).value] == ["Wh", 0, 1]
    assert set_mode(meter, PREPAYMENT_MODE, status=1) is DataAccessResult.SUCCESS
    assert act(meter, ACCOUNT, 1, Data(Tag.INTEGER, 0)) is ActionResult.SUCCESS
    assert mode(meter) == (PREPAYMENT_MODE, 2)
    assert set_mode(meter, 3) is DataAccessResult.OTHER_REASON
    assert put(meter, ACCOUNT, 2, Data(Tag.ENUM, 2)) is DataAccessResult.TYPE_UNMATCHED
    assert mode(meter) == (PREPAYMENT_MODE, 2)


def test_a_sum_is_added_if_it_fits() -> None:
    time = Time()
    meter = new_meter(time, options=Options(gateway=False))
    assert act(meter, CREDIT, 1, double_long(500)) is ActionResult.SUCCESS
    assert act(meter, CREDIT, 1, double_long(LARGEST_BALANCE_WH)) is REFUSED
    assert act(meter, CREDIT, 1, Data(Tag.LONG, 1)) is ActionResult.TYPE_UNMATCHED
    assert credit(meter) == 10_500
    assert meter.ledger.charges == {(None, 500): 1}
    time.passes(timedelta(days=1))
    assert act(meter, CREDIT, 2, double_long(7)) is ActionResult.SUCCESS
    assert credit(meter) == 7
    assert sum(meter.ledger.charges.values()) == 1


@pytest.mark.parametrize("limit", [0, -300])
def test_credit_runs_out_to_the_second_whenever_somebody_looks(limit: int) -> None:
    time = Time()
    meter = new_meter(time, credit=1_000)
    assert put(meter, CREDIT, 6, double_long(limit)) is DataAccessResult.SUCCESS
    assert (get(meter, CREDIT, 8).value, get(meter, BREAKER, 3).value) == (3, 1)
    began = sum(meter.energies())
    time.passes(timedelta(days=3))
    assert (get(meter, CREDIT, 8).value, credit(meter)) == (4, limit)
    assert (get(meter, BREAKER, 2).value, get(meter, BREAKER, 3).value) == (False, 2)
    assert sum(meter.energies()) - began == 1_000 - limit
    (cut_off,) = (entry for entry in meter.ledger.entries if entry["kind"] == "cut-off")
    assert datetime.fromisoformat(cut_off["at"]) < time() - timedelta(days=2)
    assert act(meter, BREAKER, 2, Data(Tag.INTEGER, 0)) is ActionResult.SUCCESS
    assert get(meter, BREAKER, 3).value == 2, "it opens again at once"


@pytest.mark.parametrize(("control_mode", "state"), [(2, 2), (4, 2), (5, 1), (6, 1)])
def test_new_credit_after_the_end(control_mode: int, state: int) -> None:
    time = Time()
    meter = new_meter(time, credit=1_000, control_mode=control_mode)
    time.passes(timedelta(days=1))
    assert get(meter, BREAKER, 3).value == 2
    meter = new_meter(time, meter.ledger, control_mode=control_mode)
    assert enter(meter, token(1, 500)) is ActionResult.SUCCESS
    assert get(meter, BREAKER, 3).value == state
    meter.press_button()
    assert (get(meter, BREAKER, 3).value, credit(meter)) == (1, 500)


def test_a_breaker_that_never_opens() -> None:
    time = Time()
    meter = new_meter(time, credit=1_000, control_mode=0)
    time.passes(timedelta(days=1))
    assert (get(meter, BREAKER, 3).value, credit(meter) < 0) == (1, True)


@pytest.mark.parametrize(("where", "attribute"), [(CREDIT, 5), (CREDIT, 6), (CREDIT, 9), (EMERGENCY, 9)])
def test_amounts_that_are_set(where: tuple[int, str], attribute: int) -> None:
    meter = new_meter(Time())
    assert put(meter, where, attribute, double_long(-77)) is DataAccessResult.SUCCESS
    assert put(meter, where, attribute, Data(Tag.LONG, 1)) is DataAccessResult.TYPE_UNMATCHED
    assert get(meter, where, attribute) == double_long(-77)
    assert put(meter, where, 2, double_long(1)) is DataAccessResult.READ_WRITE_DENIED


def test_emergency_credit_is_its_own() -> None:
    meter = new_meter(Time())
    assert act(meter, EMERGENCY, 2, double_long(300)) is ActionResult.SUCCESS
    assert (get(meter, EMERGENCY, 2).value, credit(meter)) == (300, 10_000)


def test_the_unit_charge_is_set_and_then_activated() -> None:
    meter = new_meter(Time())
    first = get(meter, CHARGE, 5)
    scaling, commodity, table = first.value
    dearer = Data(Tag.ARRAY, (structure(Data(Tag.OCTET_STRING, b""), Data(Tag.LONG, 1_200)),))
    assert put(meter, CHARGE, 6, structure(scaling, commodity, dearer)) is DataAccessResult.SUCCESS
    assert (get(meter, CHARGE, 5), get(meter, CHARGE, 6).value[2]) == (first, dearer)
    assert act(meter, CHARGE, 2, Data(Tag.INTEGER, 0)) is ActionResult.SUCCESS
    assert get(meter, CHARGE, 5).value[2] == dearer
    assert act(meter, CHARGE, 1, table) is ActionResult.SUCCESS
    assert get(meter, CHARGE, 6) == first
    assert act(meter, CHARGE, 1, double_long(1)) is ActionResult.TYPE_UNMATCHED
    assert put(meter, CHARGE, 6, structure(scaling, commodity)) is DataAccessResult.TYPE_UNMATCHED
    assert get(meter, CHARGE, 3) == Data(Tag.ENUM, 0)


@pytest.mark.parametrize("lists_tokens", [True, False])
@pytest.mark.parametrize("gateway", [True, False])
def test_kinds_of_meters(gateway: bool, lists_tokens: bool) -> None:
    meter = new_meter(Time(), options=Options(gateway, lists_tokens))
    for where, has_it in ((GATEWAY, gateway), (USED_TOKENS, gateway and lists_tokens)):
        found = meter.read(MANAGEMENT_CLIENT, AttributeDescriptor(where[0], Obis.parse(where[1]), 2))
        assert (found is not DataAccessResult.OBJECT_UNDEFINED) == has_it


def test_the_sample() -> None:
    meters = [sample_meter(sample, Time()) for sample in METERS]
    assert [(mode(meter)[0], meter.credit_wh) for meter in meters] == [
        (PREPAYMENT_MODE, FIRST_CREDIT_WH),
        (PREPAYMENT_MODE, FIRST_CREDIT_WH),
        (CREDIT_MODE, 0),
    ]
