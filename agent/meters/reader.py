"""Reads a meter model's TOML file strictly: a mistake in it is an error, never guessed away."""

import re
import tomllib
from collections.abc import Collection
from dataclasses import fields
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

from agent.domain.errors import InputError
from agent.meters.model import (
    AssociationDefaults,
    Authentication,
    MeterModel,
    Model,
    PrepaymentObjects,
    ReadoutModel,
    Security,
    SuiteId,
)

_SUFFIX = ".toml"
_GROUP = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LOGICAL_NAME = re.compile(rf"{_GROUP}(\.{_GROUP}){{4,5}}")
_TARIFFS = ("t1", "t2", "t3", "t4", "t5", "t6")
_INSTANT = ("u1", "u2", "u3", "i1", "i2", "i3", "p", "q", "pf", "f")
_OPTIONAL_OBJECTS = ("clock", "app_version", "disconnect_control")
_OTHER_OBJECTS = ("load_profile", "event_log", "limiter", "activity_calendar")
_PREPAYMENT = ("account", "credit", "emergency_credit", "charge", "token_gateway", "used_tokens")


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
        return _Reader(name, tomllib.loads(text)).model()
    except tomllib.TOMLDecodeError as error:
        raise InputError(code="bad-model", model=name, reason=str(error)) from None


class _Reader:
    def __init__(self, name: str, content: dict[str, Any]) -> None:
        self._name = name
        self._content = content

    def model(self) -> Model:
        return self._readout_model() if "readout" in self._content else self._meter_model()

    def _readout_model(self) -> ReadoutModel:
        self._only("", self._content, {"title", "readout"})
        readout = self._section("readout")
        known = {"serial_number", "app_version", "total", "unit", "load_profile", "mode", "baud", *_TARIFFS}
        self._only("readout", readout, known)
        return ReadoutModel(
            name=self._name,
            title=self._text("title", self._content.get("title")),
            serial_number=self._addresses("readout.serial_number", readout.get("serial_number")),
            app_version=self._addresses("readout.app_version", readout.get("app_version", [])),
            total=self._text("readout.total", readout.get("total")),
            tariffs={t: self._text(f"readout.{t}", readout[t]) for t in _TARIFFS if t in readout},
            unit=self._unit(readout.get("unit")),
            load_profile=self._text("readout.load_profile", readout.get("load_profile", "P.01")),
            mode=self._one_of("readout.mode", readout, "C", ("C", "D")),
            baud=self._one_of("readout.baud", readout, 2400, range(300, 115_201)),
        )

    def _unit(self, value: object) -> str | None:
        if value not in (None, "Wh", "kWh", "MWh"):
            raise self._bad("readout.unit is Wh, kWh or MWh")
        return None if value is None else str(value)

    def _addresses(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self._bad(f"{key} is a list of data set addresses")
        return tuple(self._text(key, address) for address in value)

    def _meter_model(self) -> MeterModel:
        self._only("", self._content, {"title", "association", "objects", "energy", "reading", "instant", "prepayment"})
        objects = self._section("objects")
        energy = self._section("energy")
        self._only("objects", objects, {"serial_number", *_OPTIONAL_OBJECTS, *_OTHER_OBJECTS})
        self._only("energy", energy, {"total", *_TARIFFS})
        return MeterModel(
            name=self._name,
            title=self._text("title", self._content.get("title")),
            association=self._association(),
            serial_number=self._serial_numbers(objects),
            clock=self._optional_name("objects.clock", objects.get("clock")),
            app_version=self._optional_name("objects.app_version", objects.get("app_version")),
            disconnect_control=self._optional_name("objects.disconnect_control", objects.get("disconnect_control")),
            total=self._logical_name("energy.total", energy.get("total")),
            tariffs={t: self._logical_name(f"energy.{t}", energy[t]) for t in _TARIFFS if t in energy},
            required=self._required(),
            from_object_list=self._from_object_list(),
            instant=self._instant(),
            prepayment=self._prepayment(),
            load_profile=self._optional_name("objects.load_profile", objects.get("load_profile")),
            event_log=self._optional_name("objects.event_log", objects.get("event_log")),
            limiter=self._optional_name("objects.limiter", objects.get("limiter")),
            activity_calendar=self._optional_name("objects.activity_calendar", objects.get("activity_calendar")),
        )

    def _association(self) -> AssociationDefaults:
        section = self._section("association")
        self._only("association", section, {field.name for field in fields(AssociationDefaults)})
        return AssociationDefaults(
            client_sap=self._sap("association.client_sap", section.get("client_sap")),
            server_sap=self._sap("association.server_sap", section.get("server_sap")),
            authentication=self._one_of("association.authentication", section, "none", get_args(Authentication)),
            security=self._one_of("association.security", section, "none", get_args(Security)),
            suite=self._one_of("association.suite", section, 0, get_args(SuiteId)),
            invocation_counter=self._logical_name(
                "association.invocation_counter", section.get("invocation_counter", "0.0.43.1.0")
            ),
            max_info=self._one_of("association.max_info", section, 128, range(32, 2031)),
            window=self._one_of("association.window", section, 1, range(1, 8)),
        )

    def _serial_numbers(self, objects: dict[str, Any]) -> tuple[str, ...]:
        names = objects.get("serial_number")
        if not isinstance(names, list) or not names:
            raise self._bad("objects.serial_number is a list of logical names")
        return tuple(self._logical_name("objects.serial_number", name) for name in names)

    def _required(self) -> frozenset[str]:
        section = self._section("reading")
        self._only("reading", section, {"required", "from_object_list"})
        names = section.get("required", [])
        known = {*_OPTIONAL_OBJECTS, *_TARIFFS}
        if not isinstance(names, list) or not set(names) <= known:
            raise self._bad(f"reading.required is a list of {', '.join(sorted(known))}")
        return frozenset(names)

    def _prepayment(self) -> PrepaymentObjects | None:
        section = self._section("prepayment")
        if not section:
            return None
        self._only("prepayment", section, {*_PREPAYMENT, "max_power_w"})
        return PrepaymentObjects(
            account=self._logical_name("prepayment.account", section.get("account")),
            credit=self._logical_name("prepayment.credit", section.get("credit")),
            emergency_credit=self._optional_name("prepayment.emergency_credit", section.get("emergency_credit")),
            charge=self._optional_name("prepayment.charge", section.get("charge")),
            token_gateway=self._optional_name("prepayment.token_gateway", section.get("token_gateway")),
            used_tokens=self._optional_name("prepayment.used_tokens", section.get("used_tokens")),
            max_power_w=self._one_of("prepayment.max_power_w", section, 0, range(1_000_001)),
        )

    def _instant(self) -> dict[str, str]:
        section = self._section("instant")
        self._only("instant", section, set(_INSTANT))
        return {name: self._logical_name(f"instant.{name}", section[name]) for name in _INSTANT if name in section}

    def _from_object_list(self) -> bool:
        value = self._section("reading").get("from_object_list", False)
        if not isinstance(value, bool):
            raise self._bad("reading.from_object_list is true or false")
        return value

    def _section(self, name: str) -> dict[str, Any]:
        section = self._content.get(name, {})
        if not isinstance(section, dict):
            raise self._bad(f"{name} is a table")
        return section

    def _only(self, section: str, content: dict[str, Any], known: set[str]) -> None:
        if unknown := sorted(set(content) - known):
            raise self._bad(f"unknown key {'.'.join(filter(None, [section, unknown[0]]))}")

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self._bad(f"{key} is a text")
        return value

    def _one_of(self, key: str, section: dict[str, Any], default: Any, known: Collection[Any]) -> Any:
        value = section.get(key.rpartition(".")[2], default)
        if value not in known or isinstance(value, bool):
            listed = f"from {min(known)} to {max(known)}" if isinstance(known, range) else ", ".join(map(str, known))
            raise self._bad(f"{key} is one of: {listed}")
        return value

    def _sap(self, key: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 0x3FFF:
            raise self._bad(f"{key} is a number from 0 to 16383")
        return value

    def _logical_name(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not _LOGICAL_NAME.fullmatch(value):
            raise self._bad(f"{key} is a logical name such as 1.0.1.8.0")
        return value

    def _optional_name(self, key: str, value: object) -> str | None:
        return None if value is None else self._logical_name(key, value)

    def _bad(self, reason: str) -> InputError:
        return InputError(code="bad-model", model=self._name, reason=reason)
