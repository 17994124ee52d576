"""Records a meter for a twin: its object list, every attribute, the ends of its profiles, and how long lists may be.

A meter may answer a request with nothing that makes sense, which ends the association. So what is known is kept in a
`Recording`, which goes on in the next one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from agent.dlms import AttributeDescriptor, Conformance, Data, DataAccessResult, Obis, Tag
from agent.dlms.cosem.classes import interface_class
from agent.dlms.cosem.objects import ListedObject, read_object_list
from agent.domain.errors import EplusError, MalformedData, NoAnswer, RemoteProtocolError, RemoteRefusal
from agent.meters import MeterModel
from agent.meters.twin.model import EXCEPTION, OBJECT_LIST, Outcome, Unanswered, is_buffer
from agent.procedures.dialogue import Dialogue, Steps, ask
from agent.procedures.twin_profiles import ProfileEnd, profile_end

T = TypeVar("T")

STEPS = ("objectlist", "attributes", "unknown", "profiles", "lists")
MOST_IN_A_LIST = 32
_MOST_SILENCES = 3
"""In a row, after which it is the meter or the link that is gone."""
_NOBODYS = Obis(0, 0, 255, 255, 255, 254)
_NO_CLASS, _NO_ATTRIBUTE = 0xFFFE, 127


@dataclass
class Recording:
    """What is known so far. `granted` is set from the association; `requests` counts the GETs that were sent.

    `rows` is how many rows of each profile are kept, the last day's where it is None.
    """

    model: MeterModel
    rows: int | None = None
    granted: Conformance = Conformance.GET
    requests: int = 0
    answers: dict[AttributeDescriptor, Outcome] = field(default_factory=dict)
    unknown: dict[str, Outcome] = field(default_factory=dict)
    profiles: dict[Obis, ProfileEnd] = field(default_factory=dict)
    bearable: int = 1
    unbearable: int | None = None
    beyond: str | None = None
    _failed: Callable[[Unanswered], None] | None = None
    _silences: int = 0

    def go_on_after(self, error: EplusError) -> None:
        """Notes what the meter did not answer. Raises the error again if it is none of a single request, or one of
        too many in a row."""
        failed, self._failed = self._failed, None
        self._silences += isinstance(error, NoAnswer)
        may_go_on = isinstance(error, RemoteProtocolError | RemoteRefusal) and self._silences <= _MOST_SILENCES
        if failed is None or not may_go_on:
            raise error
        failed(Unanswered(error.code))

    def run(self) -> Dialogue[None]:
        """Records what is not known yet."""
        step = Steps(STEPS)
        yield step("objectlist")
        yield from self._read(self.answers, OBJECT_LIST, OBJECT_LIST)
        yield step("attributes")
        for attribute in self._attributes():
            yield from self._read(self.answers, attribute, attribute)
        yield step("unknown")
        for kind, attribute in self._unknown():
            yield from self._read(self.unknown, kind, attribute)
        yield step("profiles")
        for attribute in self._attributes(buffers=True):
            yield from self._profile(attribute.obis)
        yield step("lists")
        if Conformance.MULTIPLE_REFERENCES in self.granted:
            yield from self._lists()

    def _read(self, into: dict[T, Outcome], name: T, attribute: AttributeDescriptor) -> Dialogue[None]:
        if name not in into:
            into[name] = yield from self._ask(attribute, lambda failed: into.update({name: failed}))

    def _ask(self, attribute: AttributeDescriptor, failed: Callable[[Unanswered], None]) -> Dialogue[Outcome]:
        self._failed = failed
        answer = yield from ask((attribute,))
        self._failed, self._silences = None, 0
        return answer.values[0]

    # ── which attributes ──

    def objects(self) -> tuple[ListedObject, ...]:
        """Those that the meter lists; none where it gives no list."""
        listed = self.answers.get(OBJECT_LIST)
        try:
            return read_object_list(listed) if isinstance(listed, Data) else ()
        except MalformedData:
            return ()

    def _attributes(self, *, buffers: bool = False) -> list[AttributeDescriptor]:
        listed = [each for known in self.objects() for each in _attributes_of(known)] or _of_model(self.model)
        return [each for each in listed if is_buffer(each) == buffers]

    def buffers(self) -> list[AttributeDescriptor]:
        """The buffers of all profiles that were looked at."""
        return [each for each in self._attributes(buffers=True) if each.obis in self.profiles]

    def _unknown(self) -> Iterator[tuple[str, AttributeDescriptor]]:
        yield "object", AttributeDescriptor(1, _NOBODYS, 2)
        for known in self.objects()[:1]:
            yield "class", AttributeDescriptor(_NO_CLASS, known.obis, 2)
            yield "attribute", AttributeDescriptor(known.class_id, known.obis, _NO_ATTRIBUTE)

    # ── profiles ──

    def _profile(self, profile: Obis) -> Dialogue[None]:
        found = self.profiles.setdefault(profile, profile_end(profile, self.answers, self.rows, self.granted))
        while (part := found.next()) is not None:
            outcome = yield from self._ask(part, found.take)
            found.take(outcome)

    # ── lists ──

    def _lists(self) -> Dialogue[None]:
        """The largest list that is borne, by halving."""
        names = self._short_ones()
        while (size := self._next_size(len(names))) is not None:
            before, self._failed = self.requests, self._too_long(size)
            answer = yield from ask(tuple(names[:size]), as_it_is=True)
            self._failed, self._silences = None, 0
            self._judge(size, answer.values, at_once=self.requests == before + 1)

    def _next_size(self, most: int) -> int | None:
        if self.unbearable is None:
            return most if self.bearable < most else None
        middle = (self.bearable + self.unbearable) // 2
        return middle if middle > self.bearable else None

    def _too_long(self, size: int) -> Callable[[Unanswered], None]:
        def note(_failed: Unanswered) -> None:
            self.unbearable, self.beyond = size, EXCEPTION

        return note

    def _judge(self, size: int, values: tuple[Data | DataAccessResult, ...], *, at_once: bool) -> None:
        refusals = [value for value in values if isinstance(value, DataAccessResult)]
        if not at_once:
            self.unbearable, self.beyond = size, EXCEPTION
        elif refusals:
            self.unbearable, self.beyond = size, refusals[0].words
        else:
            self.bearable = size

    def _short_ones(self) -> list[AttributeDescriptor]:
        """Attributes that were given and are a single value: a list of them is refused for its length alone."""
        short = (
            name
            for name, value in self.answers.items()
            if isinstance(value, Data) and value.tag not in (Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY)
        )
        return list(short)[:MOST_IN_A_LIST]


def _attributes_of(known: ListedObject) -> Iterator[AttributeDescriptor]:
    """Those listed; where none is, those that the class has."""
    numbers = sorted(known.attributes)
    if not numbers and (kind := interface_class(known.class_id, known.version)) is not None:
        numbers = list(range(1, len(kind.attributes) + 1))
    return (AttributeDescriptor(known.class_id, known.obis, number) for number in numbers)


def _of_model(model: MeterModel) -> list[AttributeDescriptor]:
    """What the model's own objects have, where the meter gives no list."""
    registers = [(model.register_classes.get(name, 3), name) for name in (model.total, *model.tariffs.values())]
    known = [
        *((1, name) for name in model.serial_number),
        *((class_id, name) for class_id, name in ((8, model.clock), (70, model.disconnect_control)) if name),
        *((class_id, name) for class_id, name in ((1, model.app_version), (7, model.load_profile)) if name),
        *((class_id, name) for class_id, name in registers if name),
    ]
    return [
        AttributeDescriptor(class_id, Obis.parse(name), number)
        for class_id, name in known
        if (kind := interface_class(class_id)) is not None
        for number in range(1, len(kind.attributes) + 1)
    ]
