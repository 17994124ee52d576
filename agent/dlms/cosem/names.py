"""Logical names (OBIS, IEC 62056-6-1:2017), attributes, methods, and the results of access to them."""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from agent.dlms.axdr.coding import Data
from agent.domain.errors import InputError

_LOGICAL_NAME = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?")


@dataclass(frozen=True)
class Obis:
    """A logical name: six value groups of one octet each.

    Raises:
        InputError: a group is outside 0 to 255.
    """

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int = 255

    def __post_init__(self) -> None:
        if not all(0 <= group <= 255 for group in self._groups()):
            raise InputError(code="bad-input", field=str(self))

    @classmethod
    def parse(cls, text: str) -> "Obis":
        """From `1.0.1.8.0.255`, or `1.0.1.8.0` for group F = 255.

        Raises:
            InputError: it is not a logical name.
        """
        match = _LOGICAL_NAME.fullmatch(text)
        if match is None:
            raise InputError(code="bad-input", field=text[:40])
        return cls(*(int(group) for group in match.groups(default="255")))

    @classmethod
    def from_octets(cls, octets: bytes) -> "Obis":
        """From six octets."""
        return cls(*octets)

    def __bytes__(self) -> bytes:
        return bytes(self._groups())

    def __str__(self) -> str:
        return ".".join(map(str, self._groups()))

    def _groups(self) -> tuple[int, ...]:
        return (self.a, self.b, self.c, self.d, self.e, self.f)


@dataclass(frozen=True)
class SelectiveAccess:
    """The requested part of an attribute: access selector and parameters, as the class defines them."""

    selector: int
    parameters: Data


@dataclass(frozen=True)
class AttributeDescriptor:
    """An attribute of the object of class `class_id` with this logical name, whole or in part (`access`)."""

    class_id: int
    obis: Obis
    attribute: int
    access: SelectiveAccess | None = None

    def __str__(self) -> str:
        return f"{self.class_id}/{self.obis}/{self.attribute}"


@dataclass(frozen=True)
class MethodDescriptor:
    """A method of the object of class `class_id` with this logical name."""

    class_id: int
    obis: Obis
    method: int

    def __str__(self) -> str:
        return f"{self.class_id}/{self.obis}/method {self.method}"


class _Result(IntEnum):
    @property
    def words(self) -> str:
        """The standard's name, as in `read-write-denied`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, octet: int) -> Self:
        """The result of that number; `OTHER_REASON` for one that the standard does not define."""
        try:
            return cls(octet)
        except ValueError:
            return cls["OTHER_REASON"]


class DataAccessResult(_Result):
    """How a SET ended, or why a GET gives no value (IEC 62056-5-3:2017, Data-Access-Result)."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_GET_ABORTED = 15
    NO_LONG_GET_IN_PROGRESS = 16
    LONG_SET_ABORTED = 17
    NO_LONG_SET_IN_PROGRESS = 18
    DATA_BLOCK_NUMBER_INVALID = 19
    OTHER_REASON = 250


class ActionResult(_Result):
    """How an ACTION ended (IEC 62056-5-3:2017, Action-Result)."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_ACTION_ABORTED = 15
    NO_LONG_ACTION_IN_PROGRESS = 16
    OTHER_REASON = 250
