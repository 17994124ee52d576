"""A utility's own models: read from its folder, checked by `eplus doctor model`, and no mistake goes unsaid."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from agent.commands.main import cli
from agent.domain.activity import Activity
from agent.domain.errors import InputError
from agent.meters import MeterModel, checkup, load_model, model_names, parse_model
from agent.meters.checkup import BY_SUM, NO_EMERGENCY, NO_LIST

SHIPPED = Path(__file__).parents[2] / "agent" / "meters" / "models"
CERM1 = (SHIPPED / "cerm1.toml").read_text(encoding="utf-8")


def without(*lines: str) -> str:
    return "\n".join(line for line in CERM1.splitlines() if not line.startswith(lines))


def found(text: str) -> dict[Activity, tuple[bool, tuple[str, ...], tuple[str, ...]]]:
    findings = checkup(parse_model("own", text))
    assert [each.activity for each in findings] == list(Activity)
    return {each.activity: (each.can_be_done, each.lacks, each.notes) for each in findings}


def test_the_model_of_the_manual_can_do_everything() -> None:
    assert all(each.can_be_done and not each.notes for each in checkup(load_model("cerm1")))


@pytest.mark.parametrize(
    ("line", "activity", "lacks", "notes"),
    [
        ("disconnect_control", Activity.DISCONNECT, ("objects.disconnect_control",), ()),
        ("load_profile", Activity.LOAD_PROFILE, ("objects.load_profile",), ()),
        ("event_log", Activity.EVENTS, ("objects.event_log",), ()),
        ("limiter", Activity.CHANGE, (), ("no limiter: no contract",)),
        ("used_tokens", Activity.CREDIT_CHARGE, (), (NO_LIST,)),
        ("emergency_credit", Activity.PREPAY_CONFIG, (), (NO_EMERGENCY,)),
        ("t6", Activity.READING, (), ("no t6",)),
    ],
)
def test_what_a_file_lacks(line: str, activity: Activity, lacks: tuple[str, ...], notes: tuple[str, ...]) -> None:
    text = without(line, "required", "[reading]") if line in ("t6", "disconnect_control") else without(line)
    assert found(text)[activity] == (not lacks, lacks, notes)


def test_a_charge_by_sum_needs_its_guards() -> None:
    gone = ("token_gateway", "used_tokens", "max_power_w", "charge")
    can, lacks, notes = found(without(*gone))[Activity.CREDIT_CHARGE]
    assert (can, lacks, notes) == (False, ("prepayment.charge", "prepayment.max_power_w"), (BY_SUM,))


def test_of_a_readout_come_registers_and_rows_and_nothing_else() -> None:
    can = [each.activity for each in checkup(load_model("readout")) if each.can_be_done]
    assert can == [Activity.READING, Activity.LOAD_PROFILE]


def test_a_utility_adds_a_file(tmp_path: Path) -> None:
    (tmp_path / "ACME9.toml").write_text(CERM1.replace("CERM1, single phase", "ACME 9"), encoding="utf-8")
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe")
    assert model_names(tmp_path) == sorted(["acme9", "broken", *model_names()])
    own = load_model("Acme9", tmp_path)
    assert isinstance(own, MeterModel) and (own.name, own.title) == ("acme9", "ACME 9")
    with pytest.raises(InputError, match="bad-model"):
        load_model("broken", tmp_path)
    assert load_model("cerm1", tmp_path).title == "CERM1, single phase"
    (tmp_path / "cerm1.toml").write_text(CERM1.replace("CERM1, single phase", "ours"), encoding="utf-8")
    assert load_model("cerm1", tmp_path).title == "ours"


def test_doctor(tmp_path: Path) -> None:
    file = tmp_path / "acme9.toml"
    file.write_text(without("event_log"), encoding="utf-8")
    shown = CliRunner().invoke(cli, ["doctor", "model", str(file)])
    assert shown.exit_code == 0
    assert "no  Event log                     needs objects.event_log" in shown.stdout
    assert "yes Meter Credit Charge" in shown.stdout
    told = json.loads(CliRunner().invoke(cli, ["doctor", "model", str(file), "--json"]).stdout)
    assert [each["activity"] for each in told["activities"] if not each["can"]] == ["events"]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('clock = "', 'clok = "', "unknown key objects.clok"),
        ("max_power_w = 15000", "max_power_w = -1", "prepayment.max_power_w"),
        ('account = "0.0.19.0.0"', 'account = "0.0.19.0.256"', "prepayment.account is a logical name"),
        ("[prepayment]", "[prepayment", "line"),
    ],
)
def test_doctor_says_what_is_wrong(tmp_path: Path, before: str, after: str, reason: str) -> None:
    file = tmp_path / "own.toml"
    assert before in CERM1
    file.write_text(CERM1.replace(before, after, 1), encoding="utf-8")
    refused = CliRunner().invoke(cli, ["doctor", "model", str(file)])
    assert refused.exit_code == 2 and reason in refused.stderr


@given(st.text(max_size=20), st.integers(0, len(CERM1)), st.integers(0, 20))
def test_whatever_is_in_the_file(put: str, at: int, instead_of: int) -> None:
    try:
        model = parse_model("own", CERM1[:at] + put + CERM1[at + instead_of :])
    except InputError as error:
        assert error.code == "bad-model"
    else:
        assert checkup(model)
