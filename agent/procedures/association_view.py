"""The objects that an association gives access to, and a meter model fitted to them.

A large meter's list takes the better part of a minute. So it is kept by model and firmware version, or for the one
meter if that has none, as a hint: it is read again once an object of it turns out not to be there.
"""

from dataclasses import dataclass, replace

from agent.dlms import AttributeDescriptor, Data, DataAccessResult, Obis, Tag
from agent.dlms.axdr.coding import decode, encode
from agent.dlms.cosem.objects import ListedObject, read_listing
from agent.dlms.cosem.values import elements, logical_name, text
from agent.domain.errors import MalformedData
from agent.meters import MeterModel
from agent.procedures.dialogue import Answer, Dialogue, Keep, Read, Step, T, ask, recall
from agent.procedures.lab import LOGICAL_DEVICE_NAME
from agent.procedures.values import refused

OBJECT_LIST = AttributeDescriptor(15, Obis(0, 0, 40, 0, 0), 2)
"""object_list of the current association (IEC 62056-6-2:2017, class_id 15)."""
LIST_STEP = "readobjects"
_DATA, _VALUE = 1, 2
_LETTERS_OF_MAKER = 3
_CLOCK, _DISCONNECT_CONTROL = 8, 70
_REGISTERS = (3, 4)
_NOT_THERE = (
    DataAccessResult.OBJECT_UNDEFINED,
    DataAccessResult.OBJECT_CLASS_INCONSISTENT,
    DataAccessResult.OBJECT_UNAVAILABLE,
)
_ACTIVE_ENERGY = ((1, 8), (15, 8))
"""Value groups C and D of a total (IEC 62056-6-1:2017): active energy imported, then the sum |+A| + |-A|."""


@dataclass(frozen=True)
class ObjectView:
    """What a meter lists, without what cannot be understood (`skipped`, so many entries and rights).

    `is_kept` is False where this meter has just given it. `kind` is that of the meters it is kept for.
    """

    objects: tuple[ListedObject, ...] = ()
    skipped: int = 0
    value: Data | None = None
    kind: str | None = None
    is_kept: bool = False

    @property
    def names(self) -> set[str]:
        """The logical names."""
        return {str(listed.obis) for listed in self.objects}

    def fit(self, model: MeterModel) -> MeterModel:
        """The model fitted to the objects; unchanged if there are none."""
        return fitted(model, self.objects) if self.objects else model


def association_view() -> Dialogue[tuple[ListedObject, ...]]:
    """All objects that this client may see.

    Raises:
        AccessRefused: the meter does not give the list.
        MalformedData: what it gives is no list of objects.
    """
    answer = yield from ask((OBJECT_LIST,), Step(LIST_STEP, 1, 1))
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        raise refused(OBJECT_LIST, value)
    return read_listing(value).objects


def known_objects(model: MeterModel, told_as: Step) -> Dialogue[ObjectView]:
    """The objects of this meter as they were kept, else as it lists them; none if it gives no list that can be read.

    `told_as` is the step during which the list comes in.
    """
    kind = yield from _kind(model)
    kept = yield from recall(LIST_STEP, kind)
    if kept is not None:
        try:
            return _view(decode(kept), kind, is_kept=True)
        except MalformedData:
            pass  # not what this version of the program keeps
    return (yield from listed_objects(kind, told_as))


def listed_objects(kind: str | None, told_as: Step) -> Dialogue[ObjectView]:
    """The objects as the meter lists them now; none if it gives no list that can be read."""
    told_as = replace(told_as, name=LIST_STEP)
    yield told_as
    answer = yield from ask((OBJECT_LIST,), told_as, may_fail=True)
    value = answer.values[0]
    if isinstance(value, DataAccessResult):
        return ObjectView(kind=kind)
    try:
        return _view(value, kind, is_kept=False)
    except MalformedData:
        return ObjectView(kind=kind)


def keep_objects(view: ObjectView, undefined: set[str]) -> Dialogue[None]:
    """Keeps the list, without the objects that the meter lists and does not have; forgets an older one if it has none
    that can be read."""
    content = None
    if view.value is not None:
        entries = tuple(entry for entry in elements(view.value, Tag.ARRAY) if _name_of(entry) not in undefined)
        content = encode(Data(Tag.ARRAY, entries))
    yield Keep(LIST_STEP, view.kind, content)


def noting_undefined(task: Dialogue[T], undefined: set[str]) -> Dialogue[T]:
    """The task; the logical names of objects that the meter says it does not have go into `undefined`."""
    reply = None
    try:
        while True:
            try:
                request = task.send(reply)
            except StopIteration as end:
                result: T = end.value
                return result
            reply = yield request
            if isinstance(request, Read) and isinstance(reply, Answer):
                pairs = zip(request.attributes, reply.values, strict=True)
                undefined |= {str(attribute.obis) for attribute, value in pairs if value in _NOT_THERE}
    finally:
        task.close()


def _kind(model: MeterModel) -> Dialogue[str | None]:
    """Model, maker and firmware version; None if the meter does not give them.

    The first three letters of the logical device name are the maker's (IEC 62056-6-2:2017): two makers may
    give their firmware the same version.
    """
    names = (LOGICAL_DEVICE_NAME, *([model.app_version] if model.app_version else []))
    answer = yield from ask(tuple(AttributeDescriptor(_DATA, Obis.parse(name), _VALUE) for name in names))
    found = [value for value in answer.values if not isinstance(value, DataAccessResult)]
    if len(found) < 2:
        return None
    try:
        device_name, version = map(text, found)
    except MalformedData:
        return None
    return f"{model.name} {device_name[:_LETTERS_OF_MAKER]} {version}"


def _view(value: Data, kind: str | None, *, is_kept: bool) -> ObjectView:
    listing = read_listing(value)
    return ObjectView(listing.objects, listing.skipped, value, kind, is_kept)


def _name_of(entry: Data) -> str | None:
    try:
        return str(logical_name(elements(entry, Tag.STRUCTURE, 4)[2]))
    except MalformedData:
        return None


def fitted(model: MeterModel, view: tuple[ListedObject, ...]) -> MeterModel:
    """The model with the objects that this meter has; where it has none that fits, the model's own stay."""
    names = {str(listed.obis): listed for listed in view}
    total = _total(model, view)
    tariffs = {} if total is None else _tariffs(total, view)
    energies = [total, *tariffs.values()] if total else []
    serial_numbers = tuple(name for name in model.serial_number if _full(name) in names)
    return replace(
        model,
        serial_number=serial_numbers or model.serial_number,
        clock=_the_meters_own(view, _CLOCK, model.clock) or model.clock,
        disconnect_control=_the_meters_own(view, _DISCONNECT_CONTROL, model.disconnect_control),
        app_version=model.app_version if model.app_version and _full(model.app_version) in names else None,
        total=str(total.obis) if total else model.total,
        tariffs={name: str(listed.obis) for name, listed in tariffs.items()} if total else model.tariffs,
        register_classes={str(listed.obis): listed.class_id for listed in energies},
    )


def _total(model: MeterModel, view: tuple[ListedObject, ...]) -> ListedObject | None:
    """The model's own total if the meter has it, else any total of active energy, on any channel."""
    registers = [listed for listed in view if listed.class_id in _REGISTERS]
    for listed in registers:
        if str(listed.obis) == _full(model.total):
            return listed
    for c, d in _ACTIVE_ENERGY:
        for listed in registers:
            if (listed.obis.a, listed.obis.c, listed.obis.d, listed.obis.e) == (1, c, d, 0):
                return listed
    return None


def _tariffs(total: ListedObject, view: tuple[ListedObject, ...]) -> dict[str, ListedObject]:
    """T1…T6 of the same energy: value group E of the logical name."""
    found = {}
    for listed in view:
        same = replace(listed.obis, e=0) == total.obis
        if same and listed.class_id in _REGISTERS and 1 <= listed.obis.e <= 6:
            found[f"t{listed.obis.e}"] = listed
    return dict(sorted(found.items()))


def _the_meters_own(view: tuple[ListedObject, ...], class_id: int, known: str | None) -> str | None:
    """The object of that class with the model's own name, else the first one that is not of another channel: there
    may be a valve or a clock of a gas meter behind this one."""
    names = [listed.obis for listed in view if listed.class_id == class_id]
    if known is not None and any(str(name) == _full(known) for name in names):
        return _full(known)
    return next((str(name) for name in names if name.b == 0), None)


def _full(name: str) -> str:
    return str(Obis.parse(name))
