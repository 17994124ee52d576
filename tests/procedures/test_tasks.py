"""Each activity at a simulated meter: its row in the table tells the truth about its procedure."""

import inspect
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.activity import ACTIVITIES, Activity
from agent.domain.credit_token import CreditToken, vend
from agent.domain.exchange import payload_of
from agent.domain.parameters import (
    NOTHING,
    ChargeCredit,
    Detach,
    Parameters,
    ReadInfo,
    ReadRange,
    SetClock,
    SetPrepayment,
    SetSupply,
)
from agent.domain.prepayment import PrepayProfile
from agent.domain.sample import METERS
from agent.domain.tariff import Contract, Season, Switch, TariffPlan
from agent.meters import MeterModel, load_model
from agent.procedures.dialogue import Step
from agent.procedures.tasks import procedure_of, recovery_of
from agent.simulator.meter import SimulatedMeter
from agent.simulator.purse import Purse
from agent.simulator.token_gateway import Options
from tests.dlms.virtual_line import LAST_ROW
from tests.procedures.at_meter import AtMeter

SAMPLE = METERS[0]
I18N = Path(__file__).parents[2] / "webui" / "src" / "i18n"
PROFILE = PrepayProfile("Prepago", "prepayment", 6_000, 2_000, -100, 1_000, 900)
PLAN = TariffPlan("Two", (Season("all", 1, 1, "w"),), {"w": (1,) * 7}, {1: (Switch(0, 1), Switch(600, 2))})
CHARGE = ChargeCredit(123_456, vend(CreditToken(bytes(16), SAMPLE.serial, 123_456, "7"), SAMPLE.vending_key), "7")
LAST_HOURS = ReadRange(LAST_ROW - timedelta(hours=2), LAST_ROW)


@dataclass(frozen=True)
class Case:
    """An activity with parameters of one kind, and what the meter has."""

    activity: Activity
    kind: str
    parameters: Parameters = NOTHING
    connected: bool = True
    options: Options = field(default_factory=Options)

    def at_meter(self) -> AtMeter:
        return AtMeter(
            SimulatedMeter(
                SAMPLE.serial,
                SAMPLE.energies,
                SAMPLE.lls_password,
                lambda: LAST_ROW,
                connected=self.connected,
                ahead=timedelta(minutes=5),
                vending_key=SAMPLE.vending_key,
                purse=Purse(prepaid=self.activity is not Activity.PREPAY_CONFIG, credit=250_000),
                options=self.options,
            )
        )


CASES = (
    Case(Activity.READING, "none"),
    Case(Activity.DISCONNECT, "detach", Detach("impago")),
    Case(Activity.RECONNECT, "none", connected=False),
    Case(Activity.RECONNECT, "detach", Detach("pagado"), connected=False),
    Case(Activity.PREPAY_CONFIG, "prepay", SetPrepayment(PROFILE)),
    Case(Activity.CREDIT_READ, "none"),
    Case(Activity.CREDIT_CHARGE, "charge", CHARGE),
    Case(Activity.CREDIT_CHARGE, "charge", CHARGE, options=Options(gateway=False)),
    Case(Activity.CHANGE, "change", SetSupply(PLAN, Contract("C", 10_000))),
    Case(Activity.LOAD_PROFILE, "none", LAST_HOURS),
    Case(Activity.LOAD_PROFILE, "range", LAST_HOURS),
    Case(Activity.LOAD_PROFILE, "info", ReadInfo()),
    Case(Activity.INSTANT, "none"),
    Case(Activity.EVENTS, "none", LAST_HOURS),
    Case(Activity.EVENTS, "range", LAST_HOURS),
    Case(Activity.CLOCK, "none"),
    Case(Activity.CLOCK, "clock-set", SetClock(far_off=False)),
)
CHANGING = [case for case in CASES if case.kind in case.activity.facts.changing]


def by_name(case: Case) -> str:
    return f"{case.activity}-{case.kind}"


def cerm1() -> MeterModel:
    model = load_model("cerm1")
    assert isinstance(model, MeterModel)
    return model


def carry_out(case: Case, at_meter: AtMeter) -> Any:
    procedure = procedure_of(case.activity)
    if case.activity.facts.brings_rows:
        return at_meter.run(procedure(cerm1(), SAMPLE.serial, case.parameters, take=lambda _: None))
    return at_meter.run(procedure(cerm1(), SAMPLE.serial, case.parameters))


def numbered(names: tuple[str, ...]) -> list[Step]:
    return [Step(name, number, len(names)) for number, name in enumerate(names, 1)]


def test_each_activity_is_tried_with_each_kind_of_its_parameters() -> None:
    assert {(case.activity, case.kind) for case in CASES} == {
        (activity, kind) for activity, facts in ACTIVITIES.items() for kind in facts.parameters
    }


@pytest.mark.parametrize("activity", Activity)
def test_a_procedure_takes_model_serial_number_and_parameters(activity: Activity) -> None:
    inspect.signature(procedure_of(activity)).bind(cerm1(), SAMPLE.serial, NOTHING)
    assert ("take" in inspect.signature(procedure_of(activity)).parameters) == activity.facts.brings_rows


@pytest.mark.parametrize("activity", Activity)
def test_what_changes_something_can_be_recovered(activity: Activity) -> None:
    recovery = recovery_of(activity)
    assert (recovery is not None) == bool(activity.facts.changing)
    if recovery is not None:
        inspect.signature(recovery).bind(cerm1(), SAMPLE.serial, NOTHING, {})


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_the_steps_and_the_result_are_those_of_the_row(case: Case) -> None:
    at_meter = case.at_meter()
    result = carry_out(case, at_meter)
    assert at_meter.steps == numbered(case.activity.facts.steps_for(case.kind))
    assert payload_of(result).kind in case.activity.facts.results


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_only_the_changing_kinds_write(case: Case) -> None:
    at_meter = case.at_meter()
    carry_out(case, at_meter)
    assert bool(at_meter.writes) == (case in CHANGING)


@pytest.mark.parametrize("case", CHANGING, ids=by_name)
def test_a_recovery_finds_the_change_in_the_steps_of_the_row_and_writes_nothing(case: Case) -> None:
    at_meter = case.at_meter()
    result = carry_out(case, at_meter)
    recovery, evidence = recovery_of(case.activity), at_meter.writes[-1].evidence
    assert recovery is not None
    afterwards = AtMeter(at_meter.meter)
    verdict = afterwards.run(recovery(cerm1(), SAMPLE.serial, case.parameters, evidence))
    assert verdict.outcome == "applied" and type(verdict.result) is type(result)
    assert afterwards.steps == numbered(case.activity.facts.recovery_steps)
    assert not afterwards.writes


@pytest.mark.parametrize("case", CHANGING, ids=by_name)
def test_a_recovery_finds_that_nothing_was_changed(case: Case) -> None:
    at_meter, untouched = case.at_meter(), case.at_meter()
    carry_out(case, at_meter)
    recovery = recovery_of(case.activity)
    assert recovery is not None
    evidence = at_meter.writes[0].evidence
    assert untouched.run(recovery(cerm1(), SAMPLE.serial, case.parameters, evidence)).outcome == "not-applied"


def named_on_the_page(language: str) -> set[str]:
    texts = [path.read_text("utf-8") for path in I18N.rglob(f"{language}.ts")]
    return {name for text in texts for name in re.findall(r'^  "step\.(\w+)": ".+",$', text, re.MULTILINE)}


@pytest.mark.parametrize("language", ["en", "es", "it"])
def test_each_step_has_words_on_the_page(language: str) -> None:
    names = {
        name
        for facts in ACTIVITIES.values()
        for steps in (facts.steps, facts.recovery_steps, *facts.other_steps.values())
        for name in steps
    }
    assert names | {"readout"} <= named_on_the_page(language)
