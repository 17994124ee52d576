"""The table of activities agrees with the messages, the orders of SMM, and the rights of its users."""

from dataclasses import fields
from typing import Any, get_args

import pytest

from agent.domain.activity import ACTIVITIES, Activity, parse_activity
from agent.domain.errors import InputError
from agent.domain.exchange import JobParameters, Parameters, ResultPayload
from agent.domain.group import MOBILE_GROUP
from agent.meters import MeterModel, PrepaymentObjects
from agent.smm.orders.request import WorkOrderRequest
from agent.smm.people.roles import GROUPS, Right, may


def kinds(union: Any) -> set[str]:
    """The kinds of the messages in a discriminated union."""
    return {message.model_fields["kind"].default for message in get_args(get_args(union)[0])}


def test_each_activity_has_a_row() -> None:
    assert list(ACTIVITIES) == list(Activity)


def test_names_are_parsed_and_others_refused() -> None:
    assert [parse_activity(activity.value) for activity in Activity] == list(Activity)
    with pytest.raises(InputError, match="unknown-activity"):
        parse_activity("Reading")


@pytest.mark.parametrize("activity", Activity)
def test_its_kinds_are_kinds_of_messages(activity: Activity) -> None:
    facts = activity.facts
    assert facts.parameters and set(facts.parameters) <= kinds(JobParameters)
    assert facts.results and set(facts.results) <= kinds(ResultPayload)
    assert set(facts.changing) <= set(facts.parameters)
    assert set(facts.other_steps) <= set(facts.parameters)


def test_each_kind_of_message_is_of_an_activity() -> None:
    assert {kind for facts in ACTIVITIES.values() for kind in facts.parameters} == kinds(JobParameters)
    assert {kind for facts in ACTIVITIES.values() for kind in facts.results} == kinds(ResultPayload)


@pytest.mark.parametrize("activity", Activity)
def test_what_changes_something_has_steps_of_recovery_and_nothing_else_has(activity: Activity) -> None:
    assert bool(activity.facts.changing) == bool(activity.facts.recovery_steps)


@pytest.mark.parametrize("activity", Activity)
def test_steps_begin_with_the_serial_number(activity: Activity) -> None:
    facts = activity.facts
    for steps in (facts.steps, facts.recovery_steps, *facts.other_steps.values()):
        assert not steps or steps[0] == "readserial"


@pytest.mark.parametrize("activity", Activity)
def test_it_can_be_begun_or_ordered_by_groups_that_exist(activity: Activity) -> None:
    facts = activity.facts
    assert facts.on_tablet or facts.in_smm
    assert facts.begun_by <= {MOBILE_GROUP}
    ordering = {group for group in GROUPS if may(group, Right.ORDER)}
    assert facts.ordered_by in (frozenset(), ordering)


@pytest.mark.parametrize("activity", Activity)
def test_an_order_can_say_what_it_has_to(activity: Activity) -> None:
    facts = activity.facts
    assert set(facts.order_fields) <= {each.name for each in fields(WorkOrderRequest)}
    assert facts.in_smm or not facts.order_fields
    if facts.content_from_smm:
        assert facts.order_fields and set(facts.parameters) <= kinds(Parameters)


@pytest.mark.parametrize("activity", Activity)
def test_it_needs_keys_that_a_meter_model_has(activity: Activity) -> None:
    known = {each.name for model in (MeterModel, PrepaymentObjects) for each in fields(model)}
    assert {key.rpartition(".")[2] for key in activity.facts.model_needs} <= known
