"""The text of a twin's file, and the twin in a text. The form is described where this room begins."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeVar

from agent.dlms import AttributeDescriptor, Conformance, Data, Obis, Tag
from agent.dlms.iec21.lines import Identification, encode_identification, find_identification
from agent.domain.errors import InputError
from agent.meters.twin.model import (
    RESULTS,
    AnswerTime,
    ListLimit,
    Outcome,
    Selections,
    Twin,
    TwinAccess,
    TwinLine,
    Unanswered,
)
from agent.meters.twin.records import Record, flat
from agent.meters.twin.values import value_from_json, value_to_json

VERSION = 1
_ATTRIBUTE = re.compile(r"(\d{1,5})/([\d.]{11,23})/(-?\d{1,3})")
_SERVICES = {service.name.lower().replace("_", "-"): service for service in Conformance if service.name}
T = TypeVar("T")


# ── to text ──


def twin_text(twin: Twin) -> str:
    """The whole file."""
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in _records(twin)]
    return "".join([*lines, json.dumps({"end": len(lines)}) + "\n"])


def _records(twin: Twin) -> Iterator[Record]:
    yield {"twin": VERSION, "recorded_at": twin.recorded_at.isoformat(), "model": twin.model}
    yield {"line": asdict(twin.line)}
    yield {"access": _access_record(twin.access)}
    if twin.sign_on:
        yield {"sign_on": asdict(twin.sign_on)}
    for kind, time in twin.times.items():
        yield {"times": kind, **asdict(time)}
    yield {"lists": asdict(twin.lists)}
    for kind, outcome in twin.unknown.items():
        yield {"unknown": kind, **_outcome_record(outcome)}
    for profile, selections in twin.selections.items():
        yield {"selection": str(profile), **asdict(selections)}
    for attribute, outcome in twin.answers.items():
        yield from _attribute_records(attribute, outcome)


def _access_record(access: TwinAccess) -> Record:
    record = {name: value.hex() if isinstance(value, bytes) else value for name, value in asdict(access).items()}
    services = " ".join(name for name, service in _SERVICES.items() if service in access.conformance)
    return record | {"conformance": services}


def _attribute_records(attribute: AttributeDescriptor, outcome: Outcome) -> Iterator[Record]:
    if isinstance(outcome, Data) and outcome.tag is Tag.ARRAY:
        yield {"attribute": str(attribute), "array": len(outcome.value)}
        yield from ({"element": value_to_json(element)} for element in outcome.value)
    else:
        yield {"attribute": str(attribute), **_outcome_record(outcome)}


def _outcome_record(outcome: Outcome) -> Record:
    if isinstance(outcome, Data):
        return {"value": value_to_json(outcome)}
    if isinstance(outcome, Unanswered):
        return {"failed": outcome.code}
    return {"refused": outcome.words}


# ── from text ──


def parse_twin(text: str) -> Twin:
    """The twin in a file.

    Raises:
        InputError: `twin-too-new`, `bad-twin` with the number of the line.
    """
    return _Parser(text.split("\n")).parse()


class _Parser:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self._twin: Twin | None = None
        self._times: dict[str, AnswerTime] = {}
        self._unknown: dict[str, Outcome] = {}
        self._selections: dict[Obis, Selections] = {}
        self._answers: dict[AttributeDescriptor, Outcome] = {}

    def parse(self) -> Twin:
        try:
            twin = self._beginning(self._next())
            while (record := self._next()).get("end") is None:
                twin = self._take(twin, record)
            if record != {"end": self._at - 1} or self._lines[self._at :] != [""]:
                raise ValueError("not the end")
        except (ValueError, TypeError, LookupError, RecursionError):
            raise InputError(code="bad-twin", line=self._at) from None
        return replace(
            twin, times=self._times, unknown=self._unknown, selections=self._selections, answers=self._answers
        )

    def _next(self) -> Record:
        self._at += 1
        record = json.loads(self._lines[self._at - 1])
        if not isinstance(record, dict) or not record:
            raise ValueError("no object")
        return record

    def _beginning(self, record: Record) -> Twin:
        version = record.pop("twin")
        if type(version) is not int or version < 1:
            raise ValueError("no version")
        if version > VERSION:
            raise InputError(code="twin-too-new", version=version)
        recorded_at = datetime.fromisoformat(record.pop("recorded_at"))
        if recorded_at.tzinfo is None:
            raise ValueError("a time without its zone")
        return flat(lambda model: Twin(recorded_at, model), {"model": str}, record)

    def _take(self, twin: Twin, record: Record) -> Twin:
        match record:
            case {"line": dict(line)} if len(record) == 1:
                return replace(twin, line=_of(TwinLine, line))
            case {"access": dict(access)} if len(record) == 1:
                return replace(twin, access=_access(access))
            case {"sign_on": dict(sign_on)} if len(record) == 1:
                return replace(twin, sign_on=_sign_on(sign_on))
            case {"lists": dict(lists)} if len(record) == 1:
                return replace(twin, lists=_of(ListLimit, lists))
            case {"times": str(kind), **rest}:
                _add(self._times, kind, _of(AnswerTime, rest))
            case {"selection": str(profile), **rest}:
                _add(self._selections, _obis(profile), _of(Selections, rest))
            case {"unknown": str(kind), **rest}:
                _add(self._unknown, kind, _outcome(rest))
            case {"attribute": str(name), "array": int(count)} if len(record) == 2:
                _add(self._answers, _attribute(name), self._array(count))
            case {"attribute": str(name), **rest}:
                _add(self._answers, _attribute(name), _outcome(rest))
            case _:
                raise ValueError("unknown line")
        return twin

    def _array(self, count: int) -> Data:
        if not 0 <= count <= len(self._lines) - self._at:
            raise ValueError("fewer elements than announced")
        elements = []
        for _ in range(count):
            record = self._next()
            if set(record) != {"element"}:
                raise ValueError("no element")
            elements.append(value_from_json(record["element"]))
        return Data(Tag.ARRAY, tuple(elements))


def _add(found: dict[Any, T], name: Any, value: T) -> None:
    if name in found:
        raise ValueError("twice")
    found[name] = value


def _of(kind: Callable[..., T], record: Mapping[str, Any]) -> T:
    return flat(kind, kind, record)


def _sign_on(record: Record) -> Identification:
    found = _of(Identification, record)
    sent = find_identification(encode_identification(found))
    if sent is None or sent[0] != found:
        raise ValueError("no identification")
    return found


def _access(record: Record) -> TwinAccess:
    services = record.get("conformance")
    if not isinstance(services, str):
        raise ValueError("no services")
    conformance = Conformance(0)
    for name in services.split():
        conformance |= _SERVICES[name]
    return flat(TwinAccess, TwinAccess, {**record, "conformance": conformance})


def _outcome(record: Record) -> Outcome:
    match record:
        case {"value": value} if len(record) == 1:
            return value_from_json(value)
        case {"refused": str(words)} if len(record) == 1:
            return RESULTS[words]
        case {"failed": str(code)} if len(record) == 1:
            return Unanswered(code)
    raise ValueError("no outcome")


def _attribute(name: str) -> AttributeDescriptor:
    found = _ATTRIBUTE.fullmatch(name)
    if found is None or int(found[1]) > 0xFFFF or not -128 <= int(found[3]) <= 127:
        raise ValueError("no attribute")
    return AttributeDescriptor(int(found[1]), _obis(found[2]), int(found[3]))


def _obis(name: str) -> Obis:
    try:
        return Obis.parse(name)
    except InputError:
        raise ValueError("no logical name") from None
