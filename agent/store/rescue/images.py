"""The pages of a database file and of its write-ahead log, as they lie on the disk."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from struct import unpack, unpack_from

from agent.store.rescue.pages import Pages, Record, records, records_on

_MAGIC = b"SQLite format 3\x00"
_SIZES = frozenset(1 << power for power in range(9, 17))
_USUAL_SIZE = 4096
_LOG_HEADER, _FRAME_HEADER = 32, 24
_LOG_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
"""With the order of the octets in the checksums."""


@dataclass(frozen=True)
class LoggedPage:
    """A page in the log. `is_end`: a transaction ends with it. `salts` tell the log's generations apart."""

    number: int
    is_end: bool
    salts: bytes
    page: bytes


@dataclass(frozen=True)
class Images:
    """`current` are the pages as of the last transaction; `older` the other ones in the log, the oldest first.

    `is_log_broken`: a transaction in the middle of the log is damaged, for which SQLite passes over all later ones.
    """

    usable: int
    current: Pages
    older: Sequence[tuple[int, bytes]] = ()
    is_log_broken: bool = False
    free: frozenset[int] = field(default=frozenset())

    def current_records(self) -> Iterator[Record]:
        """Records of the pages in use; deleted ones may be among them."""
        for number, page in self.current.items():
            if number not in self.free:
                yield from records_on(number, page, self.current, self.usable)

    def older_records(self) -> Iterator[Record]:
        """Records of former pages, the newest first, and of free ones."""
        for number, page in reversed(self.older):
            yield from records_on(number, page, self.current, self.usable)
        free = {number: self.current[number] for number in self.free}
        yield from records({**self.current, **free}, self.usable) if free else ()


def read_images(database: Path) -> Images:
    """All pages of this file and of its log; either may be missing. Raises: OSError."""
    content = _content(database)
    log = _content(log_of(database))
    size = _page_size(content, log)
    reserved = content[20] if content.startswith(_MAGIC) and content[20] < size - 480 else 0
    pages = {1 + at // size: content[at : at + size] for at in range(0, len(content), size)}
    frames, is_broken = _frames(log, size)
    newest = _newest(log, frames)
    live = [frame for frame in frames if frame.salts == newest]
    end = max((place for place, frame in enumerate(live, 1) if frame.is_end), default=0)
    current = {**pages, **{frame.number: frame.page for frame in live[:end]}}
    former = [frame for frame in frames if frame.salts != newest] + live[:end]
    older = [(frame.number, frame.page) for frame in former if current.get(frame.number) != frame.page]
    older[:0] = [(number, page) for number, page in pages.items() if current[number] is not page]
    return Images(size - reserved, current, older, is_broken, _free_pages(current, size - reserved))


def log_of(database: Path) -> Path:
    """The path of a database's write-ahead log."""
    return database.with_name(f"{database.name}-wal")


def is_log_broken(database: Path) -> bool:
    """Whether SQLite would pass over transactions of the log, as an earlier one is damaged. Raises: OSError."""
    log = _content(log_of(database))
    return bool(log) and _frames(log, _page_size(b"", log))[1]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _page_size(content: bytes, log: bytes) -> int:
    if content.startswith(_MAGIC) and len(content) >= 18:
        size = int.from_bytes(content[16:18], "big")
        size = 65536 if size == 1 else size
        if size in _SIZES:
            return size
    size = int.from_bytes(log[8:12], "big")
    return size if size in _SIZES else _USUAL_SIZE


def _frames(log: bytes, size: int) -> tuple[list[LoggedPage], bool]:
    """The frames of the log, and whether a damaged one stands before the last transaction of its generation."""
    step = _FRAME_HEADER + size
    places = range(_LOG_HEADER, len(log) - step + 1, step)
    frames = [_frame(log, place, size) for place in places]
    if not frames:
        return [], False
    newest = _newest(log, frames)
    live = [frame.salts == newest for frame in frames]
    valid = _valid_frames(log, places, size)
    ends = [place for place, frame in enumerate(frames) if live[place] and frame.is_end]
    first_end = next((place for place in ends if place >= valid), None)
    return frames, first_end is not None and any(live[place] for place in range(first_end + 1, len(frames)))


def _newest(log: bytes, frames: Sequence[LoggedPage]) -> bytes:
    """The salts of the log's last generation, even where its header is damaged."""
    counts = Counter(frame.salts for frame in frames)
    if log[16:24] in counts or not counts:
        return log[16:24]
    return counts.most_common(1)[0][0]


def _frame(log: bytes, place: int, size: int) -> LoggedPage:
    number, pages_after = unpack_from(">II", log, place)
    page = log[place + _FRAME_HEADER : place + _FRAME_HEADER + size]
    return LoggedPage(number, pages_after != 0, log[place + 8 : place + 16], page)


def _valid_frames(log: bytes, places: range, size: int) -> int:
    """How many frames SQLite would take: their checksums run through all of them."""
    order = _LOG_MAGIC.get(int.from_bytes(log[:4], "big"), "")
    sums = _add(order or ">", log[:24], (0, 0))
    if not order or unpack_from(">II", log, 24) != sums:
        return 0
    for count, place in enumerate(places):
        body = log[place : place + 8] + log[place + _FRAME_HEADER : place + _FRAME_HEADER + size]
        sums = _add(order, body, sums)
        if log[place + 8 : place + 16] != log[16:24] or unpack_from(">II", log, place + 16) != sums:
            return count
    return len(places)


def _add(order: str, octets: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    words = iter(unpack(f"{order}{len(octets) // 4}I", octets))
    first, second = sums
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second


def _free_pages(pages: Pages, usable: int) -> frozenset[int]:
    """The pages of the list of free ones, as far as it makes sense."""
    free: set[int] = set()
    trunk = int.from_bytes(pages.get(1, b"")[32:36], "big")
    while trunk in pages and trunk not in free and trunk != 1:
        free.add(trunk)
        page = pages[trunk]
        count = min(int.from_bytes(page[4:8], "big"), (usable - 8) // 4)
        free.update(number for (number,) in (unpack_from(">I", page, 8 + 4 * place) for place in range(count)))
        trunk = int.from_bytes(page[:4], "big")
    return frozenset(number for number in free if number in pages)
