"""Prepayment, tariff and contract, as dialogues with a simulated meter: what is refused before anything is written."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.dlms import ActionReply, ActionResult, Data, DataAccessResult, Tag
from agent.dlms.cosem.units import scaler_unit
from agent.domain.errors import AccessRefused, InputError, RemoteRefusal
from agent.domain.parameters import Parameters, SetPrepayment, SetSupply
from agent.domain.prepayment import PrepayProfile
from agent.domain.results import PrepayConfigured, SupplyChange
from agent.domain.sample import METERS
from agent.domain.tariff import Contract, Season, Switch, TariffPlan
from agent.meters import MeterModel, load_model
from agent.procedures.dialogue import Dialogue
from agent.procedures.prepay_config import prepay_config
from agent.procedures.supply import change_supply
from agent.simulator.meter import SimulatedMeter
from agent.simulator.purse import Purse
from tests.dlms.virtual_line import LAST_ROW
from tests.procedures.at_meter import AtMeter

SAMPLE = METERS[0]
PROFILE = PrepayProfile("Prepago", "prepayment", 5_000, 2_000, 0, 1_000, 800)
PLAN = TariffPlan("Two", (Season("all", 1, 1, "w"),), {"w": (1,) * 7}, {1: (Switch(0, 1), Switch(600, 2))})
Overlay = dict[str, Data | DataAccessResult]


def model(**changes: Any) -> MeterModel:
    found = load_model("cerm1")
    assert isinstance(found, MeterModel) and found.prepayment is not None
    prepayment = changes.pop("prepayment", {})
    return replace(found, prepayment=replace(found.prepayment, **prepayment), **changes)


def simulated(kind: type[SimulatedMeter] = SimulatedMeter) -> SimulatedMeter:
    return kind(
        SAMPLE.serial, SAMPLE.energies, SAMPLE.lls_password, lambda: LAST_ROW, purse=Purse(prepaid=False, credit=900)
    )


class DeafMeter(SimulatedMeter):
    """Says yes to every change, and makes none."""

    def write(self, *_: object) -> DataAccessResult:
        return DataAccessResult.SUCCESS

    def invoke(self, *_: object) -> ActionReply:
        return ActionReply(ActionResult.SUCCESS)


def run(task: Dialogue[Any], meter: SimulatedMeter, overlay: Overlay | None = None) -> Any:
    """The result. `overlay` is what the meter says instead, by `name/attribute`."""
    return AtMeter(meter, lambda asked: (overlay or {}).get(f"{asked.obis}/{asked.attribute}")).run(task)


def changes_made(meter: SimulatedMeter) -> int:
    return meter.ledger.count("configuration")


def test_a_profile_is_set_and_read_back() -> None:
    meter = simulated()
    done = run(prepay_config(model(), SAMPLE.serial, SetPrepayment(PROFILE)), meter)
    assert isinstance(done, PrepayConfigured)
    assert done.is_prepay and done.unit_charge == 800
    assert (done.read_back.preset_wh, done.read_back.warning_threshold_wh) == (5_000, 2_000)
    assert done.read_back.amount_wh == 5_900, "the meter adds the preset as prepayment begins"


def test_only_what_differs_is_written() -> None:
    meter = simulated()
    run(prepay_config(model(), SAMPLE.serial, SetPrepayment(PROFILE)), meter)
    before = changes_made(meter)
    run(prepay_config(model(), SAMPLE.serial, SetPrepayment(replace(PROFILE, warning_threshold_wh=2_500))), meter)
    assert changes_made(meter) == before + 1


def test_back_to_credit_mode() -> None:
    meter = simulated()
    run(prepay_config(model(), SAMPLE.serial, SetPrepayment(PROFILE)), meter)
    done = run(prepay_config(model(), SAMPLE.serial, SetPrepayment(replace(PROFILE, mode="credit"))), meter)
    assert not done.is_prepay and done.read_back.mode == "credit"


def test_an_account_that_is_new_comes_into_force() -> None:
    meter = simulated()
    meter.purse.account = 1
    done = run(prepay_config(model(), SAMPLE.serial, SetPrepayment(PROFILE)), meter)
    assert done.read_back.account_status == "account active"


def money() -> Overlay:
    euro = (Data(Tag.UTF8_STRING, "EUR"), Data(Tag.INTEGER, -2), Data(Tag.ENUM, 2))
    return {"0.0.19.0.0.255/15": Data(Tag.STRUCTURE, euro)}


def short_thresholds() -> Overlay:
    return {"0.0.19.10.0.255/9": Data(Tag.INTEGER, 0)}


def closed() -> Overlay:
    return {"0.0.19.0.0.255/2": Data(Tag.STRUCTURE, (Data(Tag.ENUM, 2), Data(Tag.ENUM, 3)))}


@pytest.mark.parametrize(
    ("overlay", "code"),
    [(money, "account-not-wh"), (short_thresholds, "value-not-for-meter"), (closed, "account-closed")],
)
def test_what_a_meter_cannot_hold_is_found_before_anything_is_written(
    overlay: Callable[[], Overlay], code: str
) -> None:
    meter = simulated()
    with pytest.raises(InputError) as error:
        run(prepay_config(model(), SAMPLE.serial, SetPrepayment(PROFILE)), meter, overlay())
    assert (error.value.code, changes_made(meter)) == (code, 0)


@pytest.mark.parametrize("lacks", ["emergency_credit", "charge"])
def test_a_meter_that_lacks_what_the_profile_sets(lacks: str) -> None:
    meter = simulated()
    with pytest.raises(AccessRefused):
        run(prepay_config(model(prepayment={lacks: None}), SAMPLE.serial, SetPrepayment(PROFILE)), meter)
    assert changes_made(meter) == 0
    plain = replace(PROFILE, emergency_credit_wh=0, unit_charge=0)
    done = run(
        prepay_config(
            model(prepayment={"emergency_credit": None, "charge": None}), SAMPLE.serial, SetPrepayment(plain)
        ),
        meter,
    )
    assert done.is_prepay


TARIFF_AND_CONTRACT = SetSupply(PLAN, Contract("Contract_10000", 10_000))


def test_tariff_and_contract_before_and_after() -> None:
    done = run(change_supply(model(), SAMPLE.serial, TARIFF_AND_CONTRACT), simulated())
    assert done == SupplyChange(SAMPLE.serial, "Base", "Two", "Contract_10000", 6_000, 10_000)


def test_a_contract_alone_leaves_the_calendar_alone() -> None:
    meter = simulated()
    done = run(
        change_supply(model(activity_calendar=None), SAMPLE.serial, SetSupply(None, Contract("C", 4_000))), meter
    )
    assert done == SupplyChange(SAMPLE.serial, None, None, "C", 6_000, 4_000)
    assert changes_made(meter) == 1


def test_a_threshold_in_kilowatts() -> None:
    """One of what the meter counts is a kW: ten thousand W are ten, and 10,500 W are none."""
    overlay: Overlay = {"1.0.1.7.0.255/3": scaler_unit(3, 27)}
    meter = simulated()
    done = run(change_supply(model(), SAMPLE.serial, SetSupply(None, Contract("C", 10_000))), meter, overlay)
    assert (done.threshold_before_w, done.threshold_after_w) == (6_000_000, 10_000)
    with pytest.raises(InputError, match="value-not-for-meter"):
        run(change_supply(model(), SAMPLE.serial, SetSupply(None, Contract("C", 10_500))), meter, overlay)


@pytest.mark.parametrize(
    "overlay",
    [
        {"1.0.1.7.0.255/3": scaler_unit(0, 33)},
        {"0.0.17.0.0.255/4": DataAccessResult.READ_WRITE_DENIED},
        {"0.0.13.0.0.255/3": DataAccessResult.OBJECT_UNDEFINED},
    ],
)
def test_a_meter_that_does_not_tell_is_not_written(overlay: Overlay) -> None:
    meter = simulated()
    with pytest.raises(AccessRefused):
        run(change_supply(model(), SAMPLE.serial, TARIFF_AND_CONTRACT), meter, overlay)
    assert changes_made(meter) == 0


@pytest.mark.parametrize("task", [prepay_config, change_supply])
def test_a_meter_that_says_yes_and_does_nothing_is_not_believed(task: Any) -> None:
    parameters: Parameters = SetPrepayment(PROFILE) if task is prepay_config else TARIFF_AND_CONTRACT
    with pytest.raises(RemoteRefusal) as error:
        run(task(model(), SAMPLE.serial, parameters), simulated(DeafMeter))
    assert error.value.code == "read-back-differs"
