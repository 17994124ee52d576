"""Reads a meter model's TOML file strictly: a mistake in it is an error, never guessed away."""

import tomllib
from dataclasses import fields
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import get_args

from agent.domain.errors import InputError
from agent.meters.model import (
    AddressSize,
    AssociationDefaults,
    Authentication,
    MeterModel,
    Model,
    PrepaymentObjects,
    ReadoutModel,
    Security,
    SuiteId,
)
from agent.meters.section import Section

_SUFFIX = ".toml"
_TARIFFS = ("t1", "t2", "t3", "t4", "t5", "t6")
_INSTANT = ("u1", "u2", "u3", "i1", "i2", "i3", "p", "q", "pf", "f")
_OPTIONAL_OBJECTS = ("clock", "app_version", "disconnect_control")
_OTHER_OBJECTS = ("load_profile", "event_log", "limiter", "activity_calendar")
_MILLISECONDS = range(5001)
_TABLES = ("association", "objects", "energy", "reading", "instant", "prepayment")
_PREPAYMENT = ("account", "credit", "emergency_credit", "charge", "token_gateway", "used_tokens", "max_power_w")


def model_names(own: Path | None = None) -> list[str]:
    """Names of the models that come with the program and of those in the utility's `own` folder, sorted."""
    return sorted(_files(own))


def load_model(name: str, own: Path | None = None) -> Model:
    """The model of that name, in upper or lower case; a file in the utility's `own` folder takes precedence.

    Raises:
        InputError: `unknown-model`, or `bad-model` with the reason.
    """
    known = _files(own)
    if name.lower() not in known:
        raise InputError(code="unknown-model", model=name[:40], known=", ".join(sorted(known)))
    return _read(name.lower(), known[name.lower()])


def read_model_file(path: Path) -> Model:
    """The model in a file, named like the file. Raises InputError `bad-model` with the reason."""
    return _read(path.name.removesuffix(_SUFFIX).lower(), path)


def _files(own: Path | None) -> dict[str, Traversable]:
    """The file of each model, by the model's name."""
    folders: list[Traversable] = [files(__package__).joinpath("models")]
    if own is not None and own.is_dir():
        folders.append(own)
    listed = (entry for folder in folders for entry in folder.iterdir() if entry.name.endswith(_SUFFIX))
    return {entry.name.removesuffix(_SUFFIX).lower(): entry for entry in listed}


def _read(name: str, file: Traversable) -> Model:
    try:
        return parse_model(name, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(code="bad-model", model=name, reason=type(error).__name__) from None


def parse_model(name: str, text: str) -> Model:
    """A model from the text of its TOML file.

    Raises:
        InputError: `bad-model` with the reason.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(code="bad-model", model=name, reason=str(error)) from None
    if "readout" in content:
        return _readout_model(name, Section(name, "", content, ("title", "readout")))
    return _meter_model(name, Section(name, "", content, ("title", *_TABLES)))


def _readout_model(name: str, file: Section) -> ReadoutModel:
    known = ("serial_number", "app_version", "total", "unit", "load_profile", "mode", "baud", *_TARIFFS)
    readout = file.section("readout", known)
    return ReadoutModel(
        name=name,
        title=file.text("title"),
        serial_number=readout.texts("serial_number", "data set addresses"),
        app_version=readout.texts("app_version", "data set addresses", needed=False),
        total=readout.text("total"),
        tariffs={t: readout.text(t) for t in _TARIFFS if t in readout},
        unit=readout.one_of("unit", "Wh", ("Wh", "kWh", "MWh")) if "unit" in readout else None,
        load_profile=readout.text("load_profile") if "load_profile" in readout else "P.01",
        mode=readout.one_of("mode", "C", ("C", "D")),
        baud=readout.number("baud", 2400, range(300, 115_201)),
    )


def _meter_model(name: str, file: Section) -> MeterModel:
    association = _association(file)
    objects = file.section("objects", ("serial_number", *_OPTIONAL_OBJECTS, *_OTHER_OBJECTS))
    energy = file.section("energy", ("total", *_TARIFFS))
    reading = file.section("reading", ("required", "from_object_list"))
    instant = file.section("instant", _INSTANT)
    return MeterModel(
        name=name,
        title=file.text("title"),
        association=association,
        serial_number=objects.logical_names("serial_number"),
        clock=objects.optional_name("clock"),
        app_version=objects.optional_name("app_version"),
        disconnect_control=objects.optional_name("disconnect_control"),
        total=energy.logical_name("total"),
        tariffs={t: energy.logical_name(t) for t in _TARIFFS if t in energy},
        required=_required(reading),
        from_object_list=reading.flag("from_object_list", False),
        instant={each: instant.logical_name(each) for each in _INSTANT if each in instant},
        prepayment=_prepayment(file),
        load_profile=objects.optional_name("load_profile"),
        event_log=objects.optional_name("event_log"),
        limiter=objects.optional_name("limiter"),
        activity_calendar=objects.optional_name("activity_calendar"),
    )


def _association(file: Section) -> AssociationDefaults:
    section = file.section("association", [field.name for field in fields(AssociationDefaults)])
    size = section.one_of("address_size", 1, get_args(AddressSize))
    highest = {1: (127, 0), 2: (127, 127), 4: (16383, 16383)}[size]
    return AssociationDefaults(
        client_sap=section.number("client_sap", None, range(128)),
        server_sap=section.number("server_sap", None, range(highest[0] + 1)),
        physical=section.number("physical", 0, range(highest[1] + 1)),
        address_size=size,
        authentication=section.one_of("authentication", "none", get_args(Authentication)),
        security=section.one_of("security", "none", get_args(Security)),
        suite=section.one_of("suite", 0, get_args(SuiteId)),
        invocation_counter=section.logical_name("invocation_counter", "0.0.43.1.0"),
        max_info=section.number("max_info", 128, range(32, 2031)),
        window=section.number("window", 1, range(1, 8)),
        challenge_octets=section.number("challenge_octets", 16, range(8, 65)),
        list_limit=section.number("list_limit", 0, range(256)),
        meter_title=section.octets("meter_title", 8),
        send_title=section.flag("send_title", True),
        before_connect_ms=section.number("before_connect_ms", 0, _MILLISECONDS),
        after_connect_ms=section.number("after_connect_ms", 0, _MILLISECONDS),
        before_frame_ms=section.number("before_frame_ms", 0, _MILLISECONDS),
    )


def _required(reading: Section) -> frozenset[str]:
    known = {*_OPTIONAL_OBJECTS, *_TARIFFS}
    what = ", ".join(sorted(known))
    names = frozenset(reading.texts("required", what, needed=False))
    if not names <= known:
        raise reading.bad(f"reading.required is a list of {what}")
    return names


def _prepayment(file: Section) -> PrepaymentObjects | None:
    section = file.section("prepayment", _PREPAYMENT)
    if not any(key in section for key in _PREPAYMENT):
        return None
    return PrepaymentObjects(
        account=section.logical_name("account"),
        credit=section.logical_name("credit"),
        emergency_credit=section.optional_name("emergency_credit"),
        charge=section.optional_name("charge"),
        token_gateway=section.optional_name("token_gateway"),
        used_tokens=section.optional_name("used_tokens"),
        max_power_w=section.number("max_power_w", 0, range(1_000_001)),
    )
