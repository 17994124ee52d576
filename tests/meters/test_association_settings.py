"""The table `[association]` of a model: every key is documented, used, and checked with what is allowed."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.commands.main import cli
from agent.domain.exchange import MeterSecret
from agent.drivers.association import association_of_tablet
from agent.meters import MeterModel, parse_model
from agent.meters.model import AssociationDefaults

PAGE = (Path(__file__).parents[2] / "agent" / "meters" / "README.md").read_text(encoding="utf-8")
FILE = """
title = "Test"
[association]
client_sap = 16
server_sap = 1
{more}
[objects]
serial_number = ["0.0.96.1.0"]
[energy]
total = "1.0.1.8.0"
"""
ALL = """
address_size = 4
physical = 9000
challenge_octets = 64
list_limit = 5
meter_title = "4D45540000000001"
send_title = false
before_connect_ms = 1000
after_connect_ms = 250
before_frame_ms = 40
"""


def model(more: str) -> MeterModel:
    read = parse_model("test", FILE.format(more=more))
    assert isinstance(read, MeterModel)
    return read


def test_every_key_is_documented() -> None:
    for field in fields(AssociationDefaults):
        assert f"| `{field.name}` |" in PAGE, field.name


def test_the_example_of_the_page_is_a_model() -> None:
    example = PAGE.split("```toml\n")[1].split("```")[0]
    assert parse_model(
        "example", FILE.format(more="").replace("[association]\nclient_sap = 16\nserver_sap = 1", example)
    )


def test_they_reach_the_association() -> None:
    settings = association_of_tablet(model(ALL), MeterSecret())
    assert (settings.address_size, settings.physical) == (4, 9000)
    assert (settings.challenge_octets, settings.list_limit) == (64, 5)
    assert (settings.meter_title, settings.send_title) == (b"MET\x00\x00\x00\x00\x01", False)
    times = settings.times
    assert (times.before_connect, times.after_connect, times.before_frame) == (1.0, 0.25, 0.04)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('list_limit = "1"', "association.list_limit is a number from 0 to 255"),
        ("list_limit = 1.0", "association.list_limit is a number from 0 to 255"),
        ("list_limit = -1", "association.list_limit is a number from 0 to 255"),
        ("challenge_octets = 7", "association.challenge_octets is a number from 8 to 64"),
        ("challenge_octets = 65", "association.challenge_octets is a number from 8 to 64"),
        ("challenge_octets = true", "association.challenge_octets is a number from 8 to 64"),
        ('meter_title = "4D4554"', "association.meter_title is a text of 16 hexadecimal digits"),
        ("meter_title = 4", "association.meter_title is a text of 16 hexadecimal digits"),
        ('meter_title = "4D4554000000000G"', "association.meter_title is a text of 16 hexadecimal digits"),
        ("send_title = 1", "association.send_title is true or false"),
        ("before_connect_ms = 5001", "association.before_connect_ms is a number from 0 to 5000"),
        ("after_connect_ms = 0.5", "association.after_connect_ms is a number from 0 to 5000"),
        ("before_frame_ms = []", "association.before_frame_ms is a number from 0 to 5000"),
        ("max_info = 128.0", "association.max_info is a number from 32 to 2030"),
        ("suite = 1.0", "association.suite is one of: 0, 1, 2"),
        ("address_size = 3", "association.address_size is one of: 1, 2, 4"),
        ("physical = 1", "association.physical is a number from 0 to 0"),
        ("address_size = 2\nphysical = 128", "association.physical is a number from 0 to 127"),
        ("challenge = 8", "unknown key association.challenge; known are address_size, after_connect_ms,"),
    ],
)
def test_doctor_tells_the_key_and_what_is_allowed(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(FILE.format(more=line), encoding="utf-8")
    refused = CliRunner().invoke(cli, ["doctor", "model", str(file)])
    assert refused.exit_code == 2 and reason in refused.stderr


def test_doctor_takes_them_all(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(FILE.format(more=ALL), encoding="utf-8")
    told = CliRunner().invoke(cli, ["doctor", "model", str(file), "--json"])
    assert told.exit_code == 0 and json.loads(told.stdout)["model"] == "own"
