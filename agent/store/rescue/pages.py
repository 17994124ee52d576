"""Records out of SQLite's pages, read without SQLite: what a file says where SQLite will not read it any more.

Any octets may come in; what makes no sense is passed over. A record that comes out is only a candidate: its digest
says whether it is one that was written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import unpack_from

Value = bytes | str | int | float | None

_FIRST_PAGE_HEADER = 100
_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR = 0x0D, 0x0A, 0x02
_CELLS_FROM = {_TABLE_LEAF: 8, _INDEX_LEAF: 8, _INDEX_INTERIOR: 12}
_INTEGER_OCTETS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST_COLUMNS = 64

Pages = Mapping[int, bytes]
"""By their number, from 1."""


@dataclass(frozen=True)
class Record:
    """A row as it stands on a page. `rowid` is None in a table without one. A text that is none stays octets."""

    rowid: int | None
    values: tuple[Value, ...]


class _NoSense(Exception):
    """These octets are no record."""


def records(pages: Pages, usable: int) -> Iterator[Record]:
    """All records on these pages, of which `usable` octets each are SQLite's."""
    for number, page in pages.items():
        yield from records_on(number, page, pages, usable)


def records_on(number: int, page: bytes, pages: Pages, usable: int) -> Iterator[Record]:
    """The records on one page; what did not fit there is looked for among `pages`."""
    start = _FIRST_PAGE_HEADER if number == 1 else 0
    if len(page) < usable or usable <= start + 12 or page[start] not in _CELLS_FROM:
        return
    kind = page[start]
    pointers = start + _CELLS_FROM[kind]
    count = min(unpack_from(">H", page, start + 3)[0], (usable - pointers) // 2)
    for (offset,) in (unpack_from(">H", page, pointers + 2 * place) for place in range(count)):
        if not pointers <= offset < usable:
            continue
        try:
            yield _cell(kind, page, offset, pages, usable)
        except (_NoSense, IndexError):
            continue


def _cell(kind: int, page: bytes, offset: int, pages: Pages, usable: int) -> Record:
    if kind == _INDEX_INTERIOR:
        offset += 4
    length, offset = _varint(page, offset)
    rowid = None
    if kind == _TABLE_LEAF:
        rowid, offset = _varint(page, offset)
        rowid -= (rowid >> 63) << 64
    payload = _payload(page, offset, length, _most_local(kind, usable), pages, usable)
    return Record(rowid, tuple(_values(payload)))


def _most_local(kind: int, usable: int) -> int:
    return usable - 35 if kind == _TABLE_LEAF else (usable - 12) * 64 // 255 - 23


def _payload(page: bytes, offset: int, length: int, most: int, pages: Pages, usable: int) -> bytes:
    if length <= most:
        return _slice(page, offset, length)
    if length > len(pages) * usable:
        raise _NoSense
    least = (usable - 12) * 32 // 255 - 23
    local = least + (length - least) % (usable - 4)
    local = local if local <= most else least
    pieces = [_slice(page, offset, local)]
    following = int.from_bytes(_slice(page, offset + local, 4), "big")
    missing = length - local
    while missing > 0:
        overflow = pages.get(following, b"")
        piece = _slice(overflow, 4, min(missing, usable - 4))
        pieces.append(piece)
        missing -= len(piece)
        following = int.from_bytes(overflow[:4], "big")
    return b"".join(pieces)


def _values(payload: bytes) -> Iterator[Value]:
    end, offset = _varint(payload, 0)
    kinds: list[int] = []
    while offset < end:
        kind, offset = _varint(payload, offset)
        kinds.append(kind)
    if offset != end or len(kinds) > _MOST_COLUMNS:
        raise _NoSense
    for kind in kinds:
        size = _size(kind)
        yield _value(kind, _slice(payload, offset, size))
        offset += size
    if offset != len(payload):
        raise _NoSense


def _size(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    return 8 if kind == 7 else _INTEGER_OCTETS.get(kind, 0)


def _value(kind: int, octets: bytes) -> Value:
    if kind >= 12:
        return _text(octets) if kind % 2 else octets
    if kind in (0, 8, 9):
        return None if kind == 0 else kind - 8
    if kind == 7:
        number: float = unpack_from(">d", octets)[0]
        return number
    if kind in _INTEGER_OCTETS:
        return int.from_bytes(octets, "big", signed=True)
    raise _NoSense


def _text(octets: bytes) -> str | bytes:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets


def _varint(octets: bytes, offset: int) -> tuple[int, int]:
    value = 0
    for place in range(9):
        octet = octets[offset + place]
        if place == 8:
            return (value << 8) | octet, offset + 9
        value = (value << 7) | (octet & 0x7F)
        if octet < 0x80:
            return value, offset + place + 1
    raise _NoSense


def _slice(octets: bytes, offset: int, length: int) -> bytes:
    piece = octets[offset : offset + length]
    if len(piece) != length:
        raise _NoSense
    return piece
