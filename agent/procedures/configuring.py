"""A configuration of several values: only those that differ are written, and it is done when none differs any more."""

from typing import TypeVar

from agent.dlms import AttributeDescriptor, Data, MethodDescriptor, Tag
from agent.dlms.axdr.data import INTEGERS
from agent.dlms.cosem.values import integer
from agent.domain.errors import InputError, RemoteRefusal
from agent.procedures.dialogue import Dialogue, Evidence, Verdict, Write
from agent.procedures.values import make_change

T = TypeVar("T")

Change = tuple[AttributeDescriptor | MethodDescriptor, Data | None]
Changes = tuple[Change, ...]
NO_PARAMETER = Data(Tag.INTEGER, 0)
"""What methods without a parameter are invoked with: `integer (0)` (IEC 62056-6-2:2017)."""


def make_changes(changes: Changes, before: Evidence) -> Dialogue[None]:
    """Makes the changes one after the other; `before` is what the result needs to know of the state before them.

    Raises:
        ChangeRefused: the meter did not make one of them; those after it were not sent.
    """
    for each in changes:
        yield from make_change(Write(each, {**before, "changes": len(changes)}))


def require_made(left: Changes) -> None:
    """`left` are the changes still missing when read back. Raises RemoteRefusal `read-back-differs` if any are."""
    if left:
        raise RemoteRefusal(code="read-back-differs", object=str(left[0][0].obis))


def verdict(left: Changes, evidence: Evidence, result: T) -> Verdict[T]:
    """What became of a configuration of which the changes in `left` are still missing."""
    if not left:
        return Verdict("applied", result)
    return Verdict("not-applied" if len(left) == evidence.get("changes") else "partly-applied")


def number_like(before: Data, number: int) -> Data:
    """The number in the data type of the value that the meter holds now.

    Raises:
        MalformedData: the meter holds no integer there.
        InputError: `value-not-for-meter`; that type cannot hold the number.
    """
    integer(before)
    if number not in INTEGERS[before.tag]:
        raise InputError(code="value-not-for-meter", value=number)
    return Data(before.tag, number)
