"""GET with a list of attributes, at meters that grant it and then do something else: each attribute is read alone.

Only reads are ever repeated. What a session finds out about its meter holds until the session's end.
"""

from collections.abc import Callable

from agent.dlms.axdr.coding import Data
from agent.dlms.client.exchange import Exchange, Granted
from agent.dlms.cosem.names import AttributeDescriptor, DataAccessResult
from agent.dlms.xdlms.common import Result
from agent.domain.errors import MalformedData, RemoteProtocolError, RemoteRefusal

Attributes = tuple[AttributeDescriptor, ...]
ReadTogether = Callable[[Attributes, Granted], Exchange[tuple[Result, ...]]]
"""Reads attributes in one request."""

_OF_THE_LIST = frozenset(
    (
        DataAccessResult.OTHER_REASON,
        DataAccessResult.TEMPORARY_FAILURE,
        DataAccessResult.LONG_GET_ABORTED,
        DataAccessResult.NO_LONG_GET_IN_PROGRESS,
        DataAccessResult.DATA_BLOCK_UNAVAILABLE,
    )
)
"""Refusals whose reason may be the list, and not the attribute."""


def read_list(wanted: Attributes, granted: Granted, together: ReadTogether) -> Exchange[list[Result]]:
    """For each attribute its value or why there is none; what the list does not bring is asked for alone.

    Raises:
        RemoteRefusal: the meter refuses each single request as a whole.
        RemoteProtocolError: a single response that does not match its request.
    """
    nothing: list[Result | None] = [None] * len(wanted)
    results = nothing if granted.lists.are_refused else (yield from _listed(wanted, granted, together))
    left = tuple(attribute for attribute, result in zip(wanted, results, strict=True) if result is None)
    singles = yield from _one_by_one(left, granted, together)
    if len(left) > 1 and any(isinstance(single, Data) for single in singles):  # one alone may have failed for a moment
        granted.lists.are_refused = True
    remaining = iter(singles)
    return [next(remaining) if result is None else result for result in results]


def _listed(wanted: Attributes, granted: Granted, together: ReadTogether) -> Exchange[list[Result | None]]:
    """What the list brings; None where the attribute has to be asked for alone."""
    try:
        results = yield from together(wanted, granted)
    except (RemoteRefusal, RemoteProtocolError):
        return [None] * len(wanted)
    if any(isinstance(result, Data) for result in results):
        granted.lists.note_answered(len(wanted))
    if len(wanted) > granted.lists.longest_answered:  # all is refused, and no list as long has brought anything yet
        return [None] * len(wanted)
    return [None if result in _OF_THE_LIST else result for result in results]


def _one_by_one(wanted: Attributes, granted: Granted, together: ReadTogether) -> Exchange[list[Result]]:
    """A request that is refused as a whole, or answered with what cannot be decoded, costs its attribute only."""
    results: list[Result] = []
    error: RemoteRefusal | MalformedData | None = None
    for attribute in wanted:
        try:
            results += yield from together((attribute,), granted)
        except (RemoteRefusal, MalformedData) as refused:
            error = error or refused
            results.append(DataAccessResult.OTHER_REASON)
    if error is not None and not any(isinstance(result, Data) for result in results):
        raise error
    return results
