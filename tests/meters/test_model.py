import pytest

from agent.domain.errors import InputError
from agent.meters import MeterModel, ReadoutModel, load_model, model_names, parse_model

SMALLEST = """
title = "Test"
[association]
client_sap = 16
server_sap = 1
[objects]
serial_number = ["0.0.96.1.0"]
[energy]
total = "1.0.1.8.0"
"""


def test_every_shipped_model_can_be_loaded() -> None:
    assert model_names() == ["cerm1", "cert1", "generic", "readout"]
    for name in model_names():
        assert load_model(name).name == name


def test_names_are_found_in_any_case() -> None:
    assert load_model("CERM1") == load_model("cerm1")


def test_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        load_model("cerm9")
    assert caught.value.code == "unknown-model"
    assert caught.value.params["known"] == "cerm1, cert1, generic, readout"


def test_smallest_file() -> None:
    model = parse_model("test", SMALLEST)
    assert isinstance(model, MeterModel)
    assert (model.tariffs, model.clock, model.required) == ({}, None, frozenset())


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('title = "Test"', "title = 3", "title is a text"),
        ('title = "Test"', "title = ", "Invalid value"),
        ("client_sap = 16", "client_sap = true", "association.client_sap"),
        ("client_sap = 16", "client_sap = 99999", "association.client_sap"),
        ("server_sap = 1", 'server_sap = 1\nauthentication = "pin"', "none, lls"),
        ('["0.0.96.1.0"]', "[]", "objects.serial_number"),
        ('"1.0.1.8.0"', '"1.8"', "energy.total"),
        ("[energy]", '[energy]\nt9 = "1.0.1.8.9"', "unknown key energy.t9"),
        ("[energy]", '[reading]\nrequired = ["soul"]\n[energy]', "reading.required"),
    ],
)
def test_a_mistake_in_the_file_is_said(before: str, after: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_model("test", SMALLEST.replace(before, after))
    assert caught.value.code == "bad-model"
    assert reason in str(caught.value.params["reason"])


READOUT = """
title = "A meter that sends by itself"
[readout]
serial_number = ["0.0.0"]
total = "1.8.0"
mode = "D"
baud = 9600
load_profile = "P.02"
"""


def test_a_meter_that_sends_by_itself() -> None:
    model = parse_model("own", READOUT)
    assert isinstance(model, ReadoutModel)
    assert (model.mode, model.baud, model.load_profile) == ("D", 9600, "P.02")
    usual = load_model("readout")
    assert isinstance(usual, ReadoutModel)
    assert (usual.mode, usual.baud, usual.load_profile) == ("C", 2400, "P.01")


@pytest.mark.parametrize(("before", "after"), [('"D"', '"F"'), ("9600", "50"), ("9600", "true"), ('"P.02"', "2")])
def test_how_it_sends_is_said_rightly(before: str, after: str) -> None:
    with pytest.raises(InputError):
        parse_model("own", READOUT.replace(before, after))
