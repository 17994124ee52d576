"""COSEM objects of a simulated meter: their attributes and methods, and the list of all objects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agent.dlms import (
    ActionReply,
    ActionResult,
    AttributeDescriptor,
    Data,
    DataAccessResult,
    MethodDescriptor,
    Obis,
    SelectiveAccess,
    Tag,
)
from agent.dlms.cosem.units import scaler_unit
from agent.dlms.xdlms.common import Result

Read = Callable[[], Data]
Select = Callable[[SelectiveAccess | None], Result]
Write = Callable[[Data], DataAccessResult]
Invoke = Callable[[Data | None], ActionReply]

DATA, REGISTER, PROFILE_GENERIC, CLOCK, ASSOCIATION = 1, 3, 7, 8, 15
DONE, NOT_TAKEN = ActionReply(ActionResult.SUCCESS), ActionReply(ActionResult.OTHER_REASON)
NO_MOMENT = b"\xff" * 9 + b"\x80\x00\xff"
"""A date-time with all fields not specified."""
_READ_ONLY, _READ_WRITE = 1, 3
_ACCESSIBLE = 1


@dataclass(frozen=True)
class CosemObject:
    """Functions for each attribute and method; `selections` are the attributes with selective access."""

    class_id: int
    attributes: Mapping[int, Read]
    writes: Mapping[int, Write] = field(default_factory=dict)
    methods: Mapping[int, Invoke] = field(default_factory=dict)
    selections: Mapping[int, Select] = field(default_factory=dict)
    version: int = 0

    def read(self, descriptor: AttributeDescriptor) -> Result:
        """The attribute's value, or why it cannot be read."""
        if descriptor.attribute == 1:
            return Data(Tag.OCTET_STRING, bytes(descriptor.obis))
        if select := self.selections.get(descriptor.attribute):
            return select(descriptor.access)
        value = self.attributes.get(descriptor.attribute)
        return value() if value else DataAccessResult.READ_WRITE_DENIED


class ObjectTable:
    """All objects of a meter by logical name, including the association's list of them."""

    def __init__(self, objects: Mapping[str, CosemObject]) -> None:
        self._objects = dict(objects)
        self._objects["0.0.40.0.0.255"] = CosemObject(ASSOCIATION, {2: self._object_list}, version=1)

    def read(self, descriptor: AttributeDescriptor) -> Result:
        """The attribute's value, or why it cannot be read."""
        found = self._find(descriptor.class_id, descriptor.obis)
        return found if isinstance(found, DataAccessResult) else found.read(descriptor)

    def write(self, descriptor: AttributeDescriptor, value: Data) -> DataAccessResult:
        """Writes the attribute where it can be written."""
        found = self._find(descriptor.class_id, descriptor.obis)
        if isinstance(found, DataAccessResult):
            return found
        write = found.writes.get(descriptor.attribute)
        return write(value) if write else DataAccessResult.READ_WRITE_DENIED

    def invoke(self, descriptor: MethodDescriptor, parameters: Data | None) -> ActionReply:
        """Invokes the method where there is one."""
        found = self._find(descriptor.class_id, descriptor.obis)
        if isinstance(found, DataAccessResult):
            return ActionReply(ActionResult(found))
        method = found.methods.get(descriptor.method)
        return method(parameters) if method else ActionReply(ActionResult.READ_WRITE_DENIED)

    def _find(self, class_id: int, obis: Obis) -> CosemObject | DataAccessResult:
        known = self._objects.get(str(obis))
        if known is None:
            return DataAccessResult.OBJECT_UNDEFINED
        return known if known.class_id == class_id else DataAccessResult.OBJECT_CLASS_INCONSISTENT

    def _object_list(self) -> Data:
        return Data(Tag.ARRAY, tuple(_listed(name, known) for name, known in self._objects.items()))


def register(value: Callable[[], int], unit: int, scaler: int = 0, tag: Tag = Tag.DOUBLE_LONG_UNSIGNED) -> CosemObject:
    """A register (class 3) whose value wraps around at the limit of its type."""
    octets = {Tag.DOUBLE_LONG_UNSIGNED: 4, Tag.LONG_UNSIGNED: 2}[tag]
    return CosemObject(
        REGISTER, {2: lambda: Data(tag, value() % (1 << 8 * octets)), 3: lambda: scaler_unit(scaler, unit)}
    )


def text(value: str) -> CosemObject:
    """A data object (class 1) that holds a text as an octet-string."""
    return CosemObject(DATA, {2: lambda: Data(Tag.OCTET_STRING, value.encode("ascii"))})


def structure(*parts: Data) -> Data:
    """A structure of these elements."""
    return Data(Tag.STRUCTURE, parts)


def _listed(name: str, known: CosemObject) -> Data:
    """An element of an association's object list (IEC 62056-6-2, class 15)."""
    numbers = sorted({1, *known.attributes, *known.selections})
    attributes = tuple(_attribute_access(number, known) for number in numbers)
    methods = tuple(
        Data(Tag.STRUCTURE, (Data(Tag.INTEGER, number), Data(Tag.ENUM, _ACCESSIBLE))) for number in known.methods
    )
    access = Data(Tag.STRUCTURE, (Data(Tag.ARRAY, attributes), Data(Tag.ARRAY, methods)))
    version = Data(Tag.UNSIGNED, known.version)
    logical_name = Data(Tag.OCTET_STRING, bytes(Obis.parse(name)))
    return Data(Tag.STRUCTURE, (Data(Tag.LONG_UNSIGNED, known.class_id), version, logical_name, access))


def _attribute_access(number: int, known: CosemObject) -> Data:
    mode = Data(Tag.ENUM, _READ_WRITE if number in known.writes else _READ_ONLY)
    selectors = Data(Tag.NULL, None)
    if number in known.selections:
        selectors = Data(Tag.ARRAY, (Data(Tag.INTEGER, 1), Data(Tag.INTEGER, 2)))
    return Data(Tag.STRUCTURE, (Data(Tag.INTEGER, number), mode, selectors))
