"""The file of a parcel: a line that says what it is, then the envelopes, compressed and sealed to SMM.

Inside are lines of JSON: the first is a batch without envelopes (the tablet's last sequence number and its absences),
each other one an envelope as it was signed. Who carries or finds the file learns how many there are, and no more.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from agent.domain import sealing
from agent.domain.errors import InputError
from agent.domain.exchange import ParcelHead
from agent.domain.signing import canonical

SUFFIX = ".eplus"
MAX_FILE = 32 << 20
"""Octets of a file."""
MAX_UNPACKED = 256 << 20
MAX_LINE = 4 << 20
"""Octets of one envelope: as many as SMM takes in a batch."""

_FULL, _FULL_UNPACKED = 24 << 20, 192 << 20
_MAX_HEAD = 2048
_PIECE = 64 << 10

Unseal = Callable[[bytes, bytes], bytes]
"""Opens a box that was sealed for a purpose. Raises: NotSealedToUs."""


@dataclass(frozen=True)
class Parcel:
    """A parcel whose digest is right. `content` is the whole file."""

    head: ParcelHead
    content: bytes


def bodies(facts: bytes, envelopes: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The envelopes, compressed, with their number; in several bodies where one would be too large for SMM."""
    rest = iter(envelopes)
    while (body := _body(facts, rest))[0]:
        yield body


def seal_parcel(head: ParcelHead, body: bytes, parcel_key: bytes) -> Parcel:
    """The file. The digest in `head` is not looked at. Whoever changes the head makes the box one that never opens."""
    box = sealing.seal(parcel_key, body, _purpose(head))
    whole = head.model_copy(update={"digest": _digest(head, box)})
    return Parcel(whole, whole.model_dump_json().encode() + b"\n" + box)


def read_parcel(content: bytes) -> Parcel:
    """The parcel in a file; it stays closed.

    Raises:
        InputError: `parcel-none` if it is another kind of file, `parcel-newer`, `parcel-too-large`, `parcel-damaged`.
    """
    if len(content) > MAX_FILE:
        raise InputError(code="parcel-too-large")
    line, _, box = content.partition(b"\n")
    head = _head(line)
    if _digest(head, box) != head.digest:
        raise InputError(code="parcel-damaged")
    return Parcel(head, content)


def open_parcel(parcel: Parcel, unseal: Unseal) -> Iterator[bytes]:
    """The lines inside: first the batch without envelopes, then the envelopes. Unpacked while they are read.

    Raises:
        InputError: `parcel-foreign` if it was sealed to another SMM, `parcel-damaged`, `parcel-too-large`.
    """
    box = parcel.content.partition(b"\n")[2]
    try:
        body = unseal(box, _purpose(parcel.head))
    except sealing.NotSealedToUs:
        raise InputError(code="parcel-foreign") from None
    return _lines(body)


def _body(facts: bytes, envelopes: Iterator[bytes]) -> tuple[int, bytes]:
    packer = zlib.compressobj()
    pieces = [packer.compress(facts + b"\n")]
    count = packed = unpacked = 0
    for envelope in envelopes:
        pieces.append(packer.compress(envelope + b"\n"))
        count, packed, unpacked = count + 1, packed + len(pieces[-1]), unpacked + len(envelope)
        if packed >= _FULL or unpacked >= _FULL_UNPACKED:
            break
    return count, b"".join([*pieces, packer.flush()])


def _lines(body: bytes) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    unpacked, rest = 0, b""
    while not unpacker.eof:
        try:
            piece = unpacker.decompress(body, _PIECE)
        except zlib.error:
            raise InputError(code="parcel-damaged") from None
        body = unpacker.unconsumed_tail
        unpacked += len(piece)
        if not piece and not unpacker.eof:
            raise InputError(code="parcel-damaged")
        *whole, rest = (rest + piece).split(b"\n")
        if unpacked > MAX_UNPACKED or len(rest) > MAX_LINE:
            raise InputError(code="parcel-too-large")
        yield from whole


def _head(line: bytes) -> ParcelHead:
    if len(line) > _MAX_HEAD or b'"eplus-parcel"' not in line:
        raise InputError(code="parcel-none")
    try:
        return ParcelHead.model_validate_json(line)
    except ValidationError as error:
        is_newer = any(fault["loc"] == ("version",) for fault in error.errors())
        raise InputError(code="parcel-newer" if is_newer else "parcel-damaged") from None


def _purpose(head: ParcelHead) -> bytes:
    return b"eplus parcel\n" + canonical(head.model_dump(mode="json", exclude={"digest"}))


def _digest(head: ParcelHead, box: bytes) -> str:
    return hashlib.sha256(_purpose(head) + b"\n" + box).hexdigest()
