"""The object list of an association: what is in the meter, and what this client may do with it.

IEC 62056-6-2:2017, class 15, attribute 2. Up to version 2 an access mode is a plain enumeration; in version 3 the
same octet is a set of flags. Both become flags here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import partial
from typing import TypeVar

from agent.dlms.axdr.coding import Data, Tag
from agent.dlms.cosem.names import Obis
from agent.dlms.cosem.values import elements, enumerated, integer, logical_name
from agent.domain.errors import MalformedData

T = TypeVar("T")
_ASSOCIATION_LN = 15
_CURRENT_ASSOCIATION = Obis(0, 0, 40, 0, 0)
_FIRST_VERSION_WITH_FLAGS = 3
_MOST_FLAGS = 0xFF


class Access(IntFlag):
    """What is allowed, and how messages about it must be protected. A method's access is `INVOKE`."""

    READ = 0x01
    INVOKE = 0x01
    WRITE = 0x02
    AUTHENTICATED_REQUEST = 0x04
    ENCRYPTED_REQUEST = 0x08
    DIGITALLY_SIGNED_REQUEST = 0x10
    AUTHENTICATED_RESPONSE = 0x20
    ENCRYPTED_RESPONSE = 0x40
    DIGITALLY_SIGNED_RESPONSE = 0x80


NO_ACCESS = Access(0)
_ATTRIBUTE_MODES = (
    NO_ACCESS,
    Access.READ,
    Access.WRITE,
    Access.READ | Access.WRITE,
    Access.READ | Access.AUTHENTICATED_REQUEST,
    Access.WRITE | Access.AUTHENTICATED_REQUEST,
    Access.READ | Access.WRITE | Access.AUTHENTICATED_REQUEST,
)
_METHOD_MODES = (NO_ACCESS, Access.INVOKE, Access.INVOKE | Access.AUTHENTICATED_REQUEST)


@dataclass(frozen=True)
class AttributeRight:
    """Access to an attribute, and the access selectors that it supports."""

    access: Access
    selectors: tuple[int, ...] = ()


@dataclass(frozen=True)
class ListedObject:
    """An object of the list. Attributes and methods that the list does not name are not accessible."""

    class_id: int
    version: int
    obis: Obis
    attributes: Mapping[int, AttributeRight]
    methods: Mapping[int, Access]

    def may_read(self, attribute: int) -> bool:
        """Whether the attribute may be read."""
        return Access.READ in self.attribute_access(attribute)

    def may_write(self, attribute: int) -> bool:
        """Whether the attribute may be written."""
        return Access.WRITE in self.attribute_access(attribute)

    def may_invoke(self, method: int) -> bool:
        """Whether the method may be invoked."""
        return Access.INVOKE in self.methods.get(method, NO_ACCESS)

    def may_select(self, attribute: int, selector: int) -> bool:
        """Whether the attribute may be read in part, with that access selector."""
        return self.may_read(attribute) and selector in self.attributes[attribute].selectors

    def attribute_access(self, attribute: int) -> Access:
        """Access to the attribute; `NO_ACCESS` if the list does not name it."""
        right = self.attributes.get(attribute)
        return right.access if right else NO_ACCESS


@dataclass(frozen=True)
class ObjectListing:
    """An object list as it was understood; `skipped` entries and access rights were not."""

    objects: tuple[ListedObject, ...]
    skipped: int


def read_object_list(data: Data, version: int | None = None) -> tuple[ListedObject, ...]:
    """The objects of `read_listing`. Raises as that."""
    return read_listing(data, version).objects


def read_listing(data: Data, version: int | None = None) -> ObjectListing:
    """The objects, in the meter's order.

    `version` is that of the association's class; by default it is taken from the association's own entry in the
    list. A list without such an entry is read as one from before version 3: reading and writing without protection
    have the same numbers in all versions.

    Entries and access rights that are not as the standard defines them are left out: meters are in service whose list
    has a few.

    Raises:
        MalformedData: it is no list.
    """
    skipped: list[Data] = []
    entries = _readable(partial(_entry, skipped=skipped), elements(data, Tag.ARRAY), skipped)
    found = _association_version(entries) if version is None else version
    objects = tuple(_listed(entry, found, skipped) for entry in entries)
    return ObjectListing(objects, len(skipped))


def _readable(parse: Callable[[Data], T], items: Iterable[Data], skipped: list[Data]) -> list[T]:
    found = []
    for item in items:
        try:
            found.append(parse(item))
        except MalformedData:
            skipped.append(item)
    return found


@dataclass(frozen=True, slots=True)
class _Entry:
    class_id: int
    version: int
    obis: Obis
    attributes: tuple[Data, ...]
    methods: tuple[Data, ...]


def _entry(data: Data, skipped: list[Data]) -> _Entry:
    class_id, version, name, rights = elements(data, Tag.STRUCTURE, 4)
    return _Entry(integer(class_id), integer(version), logical_name(name), *_rights(rights, skipped))


def _rights(data: Data, skipped: list[Data]) -> tuple[tuple[Data, ...], tuple[Data, ...]]:
    """Of attributes and of methods; none where they cannot be read, since the object itself is there all the same."""
    try:
        attributes, methods = elements(data, Tag.STRUCTURE, 2)
    except MalformedData:
        skipped.append(data)
        return (), ()
    return _items(attributes, skipped), _items(methods, skipped)


def _items(data: Data, skipped: list[Data]) -> tuple[Data, ...]:
    if data.tag is Tag.ARRAY:
        return tuple(data.value)
    if data.tag is not Tag.NULL:
        skipped.append(data)
    return ()


def _association_version(entries: list[_Entry]) -> int:
    """The version of the current association; else of any other, as all in a meter have the same."""
    versions = {entry.obis: entry.version for entry in entries if entry.class_id == _ASSOCIATION_LN}
    return versions.get(_CURRENT_ASSOCIATION, next(iter(versions.values()), 0))


def _listed(entry: _Entry, version: int, skipped: list[Data]) -> ListedObject:
    with_flags = version >= _FIRST_VERSION_WITH_FLAGS
    attribute_access = _flags if with_flags else _attribute_mode
    method_access = _flags if with_flags else _method_mode
    attributes = _readable(partial(_attribute_item, access=attribute_access), entry.attributes, skipped)
    methods = _readable(partial(_method_item, access=method_access), entry.methods, skipped)
    # Where one is listed twice, the first right counts.
    return ListedObject(entry.class_id, entry.version, entry.obis, dict(attributes[::-1]), dict(methods[::-1]))


def _attribute_item(data: Data, access: Callable[[Data], Access]) -> tuple[int, AttributeRight]:
    index, mode, selectors = elements(data, Tag.STRUCTURE, 3)
    return integer(index), AttributeRight(access(mode), _selectors(selectors))


def _method_item(data: Data, access: Callable[[Data], Access]) -> tuple[int, Access]:
    index, mode = elements(data, Tag.STRUCTURE, 2)
    return integer(index), access(mode)


def _selectors(data: Data) -> tuple[int, ...]:
    if data.tag is Tag.NULL:
        return ()
    return tuple(map(integer, elements(data, Tag.ARRAY)))


def _flags(data: Data) -> Access:
    return Access(_access_number(data))


def _access_number(data: Data) -> int:
    """An enumeration; some meters send the number as another type."""
    found = enumerated(data) if data.tag is Tag.ENUM else integer(data)
    if not 0 <= found <= _MOST_FLAGS:
        raise MalformedData("unknown access mode")
    return found


def _attribute_mode(data: Data) -> Access:
    return _mode(data, _ATTRIBUTE_MODES)


def _method_mode(data: Data) -> Access:
    """In version 0 it is a boolean; some meters send one in version 1 too, and it is unambiguous."""
    if data.tag is Tag.BOOLEAN:
        return Access.INVOKE if data.value else NO_ACCESS
    return _mode(data, _METHOD_MODES)


def _mode(data: Data, modes: tuple[Access, ...]) -> Access:
    mode = _access_number(data)
    if mode >= len(modes):
        raise MalformedData("unknown access mode")
    return modes[mode]
