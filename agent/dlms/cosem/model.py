"""What an interface class consists of: attributes, methods, and the words for their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto


class AttributeKind(Enum):
    """What an attribute holds, as far as is needed to show it in words."""

    VALUE = auto()
    """Anything; its data type says enough."""
    LOGICAL_NAME = auto()
    SCALER_UNIT = auto()
    DATE = auto()
    TIME = auto()
    DATE_TIME = auto()
    ENUMERATION = auto()
    FLAGS = auto()
    """A bit-string, or a number whose bits are counted from the lowest."""
    STRUCTURE = auto()
    ARRAY = auto()


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute, or an element of one.

    `words` are those for an enumeration's numbers or for the bits of flags. `parts` are the elements of a structure
    in order, or the one kind of element that an array has.
    """

    name: str
    kind: AttributeKind = AttributeKind.VALUE
    words: Mapping[int, str] | None = None
    parts: tuple["Attribute", ...] = ()


@dataclass(frozen=True, slots=True)
class InterfaceClass:
    """One version of a class. Attribute 1 is always the logical name; `attributes` begins with it."""

    class_id: int
    version: int
    name: str
    attributes: tuple[Attribute, ...]
    methods: tuple[str, ...] = ()

    def attribute(self, index: int) -> Attribute | None:
        """The attribute of that index; None if there is none."""
        return self.attributes[index - 1] if 1 <= index <= len(self.attributes) else None

    def method(self, index: int) -> str | None:
        """The name of the method of that index; None if there is none."""
        return self.methods[index - 1] if 1 <= index <= len(self.methods) else None

    def index_of(self, name: str) -> int:
        """The index of the attribute of that name.

        Raises:
            KeyError: there is none.
        """
        for index, attribute in enumerate(self.attributes, 1):
            if attribute.name == name:
                return index
        raise KeyError(name)

    def next_version(
        self,
        *more: Attribute,
        methods: tuple[str, ...] = (),
        instead: Mapping[int, Attribute] | None = None,
    ) -> "InterfaceClass":
        """The next version, with more attributes, more methods, or other attributes `instead` (by index)."""
        kept = tuple((instead or {}).get(index, old) for index, old in enumerate(self.attributes, 1))
        return replace(self, version=self.version + 1, attributes=kept + more, methods=self.methods + methods)


def interface(
    class_id: int, version: int, name: str, *attributes: Attribute, methods: tuple[str, ...] = ()
) -> InterfaceClass:
    """A class; `attributes` are those from index 2 on."""
    return InterfaceClass(class_id, version, name, (logical_name("logical_name"), *attributes), methods)


def value(name: str) -> Attribute:
    """An attribute whose data type says enough."""
    return Attribute(name)


def values(names: str) -> tuple[Attribute, ...]:
    """One `value` for each name, in order; names are separated by spaces."""
    return tuple(map(value, names.split()))


def logical_name(name: str) -> Attribute:
    """An octet-string with a logical name."""
    return Attribute(name, AttributeKind.LOGICAL_NAME)


def scaler_unit() -> Attribute:
    """The scaler and unit of a register."""
    return Attribute("scaler_unit", AttributeKind.SCALER_UNIT)


def date(name: str) -> Attribute:
    """A date, or an octet-string with one."""
    return Attribute(name, AttributeKind.DATE)


def time(name: str) -> Attribute:
    """A time, or an octet-string with one."""
    return Attribute(name, AttributeKind.TIME)


def date_time(name: str) -> Attribute:
    """A date-time, or an octet-string with one."""
    return Attribute(name, AttributeKind.DATE_TIME)


def enumeration(name: str, *words: str, first: int = 0) -> Attribute:
    """A number with a word for each value, from `first` on."""
    return Attribute(name, AttributeKind.ENUMERATION, dict(enumerate(words, first)))


def flags(name: str, words: Mapping[int, str]) -> Attribute:
    """Bits with a word for each."""
    return Attribute(name, AttributeKind.FLAGS, words)


def structure(name: str, *parts: Attribute) -> Attribute:
    """A structure with these elements."""
    return Attribute(name, AttributeKind.STRUCTURE, parts=parts)


def array(name: str, element: Attribute) -> Attribute:
    """An array with elements of this kind."""
    return Attribute(name, AttributeKind.ARRAY, parts=(element,))
