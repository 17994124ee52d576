"""Quirks of GET (IEC 62056-5-3): lists, parts of a buffer, blocks and refusals."""

from collections.abc import Callable
from dataclasses import replace

from agent.dlms import AttributeDescriptor, DataAccessResult, ServerSettings
from agent.dlms.cosem.selection import ENTRY, RANGE
from agent.dlms.xdlms import get
from agent.dlms.xdlms.common import Block, Result
from agent.dlms.xdlms.exception import OTHER_REASON, SERVICE_NOT_ALLOWED, ExceptionResponse, encode_exception
from agent.dlms.xdlms.initiate import Conformance
from agent.domain.errors import MalformedData
from agent.simulator.quirks.quirk import ApduQuirk, Read, Serve, SettingsQuirk, ValueQuirk

SMALL_BLOCK = 20
_NOT_ALLOWED = encode_exception(ExceptionResponse(SERVICE_NOT_ALLOWED, OTHER_REASON))


def _lists(name: str, words: str, answer: Callable[[get.GetRequest, Serve], list[bytes]]) -> ApduQuirk:
    """A quirk of lists of more than one attribute."""

    def take(request: bytes, serve: Serve) -> list[bytes]:
        asked = _get_request(request)
        return answer(asked, serve) if asked is not None and asked.as_list else serve(request)

    return ApduQuirk(name, words, lambda: take)


def _get_request(apdu: bytes) -> get.GetRequest | None:
    try:
        request = get.decode_request(apdu)
    except MalformedData:
        return None
    return request if isinstance(request, get.GetRequest) else None


def _refused(asked: get.GetRequest, _serve: Serve) -> list[bytes]:
    refusal = get.GetResponse(asked.invoke_id, (DataAccessResult.OTHER_REASON,), as_list=False)
    return [get.encode_response(refusal)]


def _exception(_asked: get.GetRequest, _serve: Serve) -> list[bytes]:
    return [_NOT_ALLOWED]


def _short(asked: get.GetRequest, serve: Serve) -> list[bytes]:
    return serve(get.encode_request(replace(asked, attributes=asked.attributes[:-1])))


def _single(asked: get.GetRequest, serve: Serve) -> list[bytes]:
    return serve(get.encode_request(replace(asked, attributes=asked.attributes[:1], as_list=False)))


def _unanswered(_asked: get.GetRequest, _serve: Serve) -> list[bytes]:
    return []


class _Blocks:
    """Cuts long answers into blocks, and gives them one by one."""

    def __init__(self) -> None:
        self._left = b""
        self._number = 0

    def answer(self, request: bytes, serve: Serve) -> list[bytes]:
        asked = _get_request(request)
        if asked is None:
            is_next = self._left and request[:2] == bytes((get.REQUEST, 2))
            return [self._block(request[2])] if is_next else serve(request)
        answers = serve(request)
        self._left, self._number = b"", 0
        if len(answers) != 1 or len(answers[0]) <= SMALL_BLOCK or answers[0][0] != get.RESPONSE:
            return answers
        if answers[0][1] == 2 or (not asked.as_list and answers[0][3]):  # in blocks already, or a refusal
            return answers
        self._left = answers[0][3:] if asked.as_list else answers[0][4:]
        return [self._block(answers[0][2])]

    def _block(self, invoke_id: int) -> bytes:
        piece, self._left = self._left[:SMALL_BLOCK], self._left[SMALL_BLOCK:]
        self._number += 1
        return get.encode_response(get.GetBlock(invoke_id & 0x0F, Block(not self._left, self._number, piece)))


def _without(service: Conformance) -> Callable[[ServerSettings], ServerSettings]:
    return lambda settings: replace(settings, conformance=settings.conformance & ~service)


def _selections(name: str, words: str, selectors: tuple[int, ...], result: DataAccessResult | None) -> ValueQuirk:
    """Parts of a buffer are refused with `result`, or the whole buffer is given instead."""

    def read(attribute: AttributeDescriptor, plain: Read) -> Result:
        if attribute.access is None or attribute.access.selector not in selectors:
            return plain(attribute)
        return plain(replace(attribute, access=None)) if result is None else result

    return ValueQuirk(name, words, lambda: read)


def _at_first(attribute_result: DataAccessResult) -> Callable[[], Callable[[AttributeDescriptor, Read], Result]]:
    """Each attribute is refused when it is read for the first time."""

    def begin() -> Callable[[AttributeDescriptor, Read], Result]:
        asked: set[AttributeDescriptor] = set()

        def read(attribute: AttributeDescriptor, plain: Read) -> Result:
            if attribute in asked:
                return plain(attribute)
            asked.add(attribute)
            return attribute_result

        return read

    return begin


SERVICES = (
    _lists("list-refused", "A list is granted, and answered by one refusal.", _refused),
    _lists("list-exception", "A list is granted, and answered by an exception.", _exception),
    _lists("list-short", "The answer to a list lacks its last result.", _short),
    _lists("list-single", "The answer to a list is a single result.", _single),
    _lists("list-unanswered", "A list is not answered at all.", _unanswered),
    ApduQuirk("blocks-of-20", "Longer answers come in blocks of 20 octets.", lambda: _Blocks().answer),
    SettingsQuirk("list-not-granted", "Lists are not granted.", _without(Conformance.MULTIPLE_REFERENCES)),
    SettingsQuirk("selection-not-granted", "Selective access is not granted.", _without(Conformance.SELECTIVE_ACCESS)),
    _selections("range-refused", "A part by range is refused.", (RANGE,), DataAccessResult.SCOPE_OF_ACCESS_VIOLATED),
    _selections("entry-refused", "A part by entry is refused.", (ENTRY,), DataAccessResult.SCOPE_OF_ACCESS_VIOLATED),
    _selections("range-ignored", "Instead of a part by range the whole buffer comes.", (RANGE,), None),
    ValueQuirk(
        "temporary-failure",
        "Each value is refused when it is read for the first time.",
        _at_first(DataAccessResult.TEMPORARY_FAILURE),
    ),
)
"""By lists, blocks, parts of a buffer, and refusals."""
