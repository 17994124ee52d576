"""A configuration of several values: only what differs is written, and it stands when nothing differs any more."""

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


def make_changes(changes: Changes, before: Evidence) -> Dialogue[None]:
    """One after the other; `before` is what a result needs of the time before.

    Raises:
        ChangeRefused: at the first that the meter does not make.
    """
    for each in changes:
        yield from make_change(Write(each, {**before, "changes": len(changes)}))


def require_made(left: Changes) -> None:
    """`left` is what still differs, read back. Raises RemoteRefusal `read-back-differs`."""
    if left:
        raise RemoteRefusal(code="read-back-differs", object=str(left[0][0].obis))


def verdict(left: Changes, evidence: Evidence, result: T) -> Verdict[T]:
    """What became of a configuration, of which this is `left`."""
    if not left:
        return Verdict("applied", result)
    return Verdict("not-applied" if len(left) == evidence.get("changes") else "partly-applied")


def number_like(before: Data, number: int) -> Data:
    """A number in the type that the meter gives it.

    Raises:
        MalformedData: it gives no number there.
        InputError: `value-not-for-meter`, if that type cannot hold it.
    """
    integer(before)
    if number not in INTEGERS[before.tag]:
        raise InputError(code="value-not-for-meter", value=number)
    return Data(before.tag, number)
