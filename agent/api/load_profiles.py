"""A load profile as the page sees it. Its rows are read from the store while they are sent: never all at once."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from sqlite_utils import Database

from agent.api.message import PageMessage, UtcText, optional_text
from agent.domain.channels import channel_titles, column_titles, columns_of
from agent.domain.exchange import ProfilePayload
from agent.domain.result_tables import NUMBER, profile_row
from agent.domain.table import BOM, lines_of
from agent.store import Store, load_profiles
from agent.store.load_profiles import StoredProfile


class ProfileView(PageMessage):
    """A load profile; its rows come from `GET /jobs/<id>/rows.json` as columns: see `ProfileColumns`."""

    kind: Literal["load-profile"] = "load-profile"
    serial: str
    pod: str | None
    channels: list[str]
    units: list[str | None]
    capture_period_s: int
    rows: int
    first: UtcText | None
    last: UtcText | None
    warnings: list[str]


class ProfileColumns(PageMessage):
    """Rows as columns: `times` in seconds since 1970 (none for a row without a moment), `status` as the meter has
    it (bits as the number that they make), `values` one list a channel of numbers, or of times as texts
    (ISO 8601); a gap is a row that is missing."""

    times: list[int | None]
    status: list[int | None]
    values: list[list[float | str | None]]


_BITS = re.compile(r"[01]{8,64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")
_AT_ONCE = 500


def profile_view(
    db: Database, stored: StoredProfile, pod: str | None, result: Mapping[str, Any] | None, culture: str = "en"
) -> ProfileView | None:
    """None where not even the columns came. `result` is the job's, once it is done. Channels have their names in the
    language of the culture."""
    if stored.shape is None:
        return None
    shape = ProfilePayload(rows=[], **stored.shape)
    values = [shape.channels[number] for number in columns_of(shape.channels).values]
    first, last = load_profiles.ends(db, stored.id)
    return ProfileView(
        serial=shape.serial,
        pod=pod,
        channels=list(channel_titles(values, culture)),
        units=[channel.unit for channel in values],
        capture_period_s=shape.capture_period_s,
        rows=stored.rows,
        first=optional_text(first),
        last=optional_text(last),
        warnings=list((result or {}).get("warnings", ())),
    )


def csv_pieces(store: Store, stored: StoredProfile, culture: str) -> Iterator[bytes]:
    """The file: one header line, then a line a row."""
    shape = ProfilePayload(rows=[], **(stored.shape or {}))
    yield BOM
    with store.read() as db:
        rows = (profile_row(json.loads(cells)) for cells in load_profiles.cells(db, stored.id))
        yield from _in_pieces(lines_of(column_titles(shape.channels, culture), rows, culture), "")


def column_pieces(store: Store, stored: StoredProfile) -> Iterator[bytes]:
    """JSON of `ProfileColumns`."""
    columns = columns_of(ProfilePayload(rows=[], **(stored.shape or {})).channels)
    with store.read() as db:
        yield b'{"times":['
        yield from _in_pieces(map(_number, load_profiles.moments(db, stored.id)), ",")
        yield b'],"status":['
        if columns.status is None:
            yield from _in_pieces(("null" for _ in load_profiles.moments(db, stored.id)), ",")
        else:
            yield from _in_pieces(map(_status, load_profiles.column(db, stored.id, columns.status)), ",")
        yield b'],"values":['
        for place, number in enumerate(columns.values):
            yield b",[" if place else b"["
            yield from _in_pieces(map(_value, load_profiles.column(db, stored.id, number)), ",")
            yield b"]"
        yield b"]}"


def _in_pieces(texts: Iterable[str], separator: str) -> Iterator[bytes]:
    rest, before = iter(texts), ""
    while piece := list(islice(rest, _AT_ONCE)):
        yield (before + separator.join(piece)).encode()
        before = separator


def _number(cell: str | int | None) -> str:
    """A cell as JSON, without a detour over floats; null for what is no number."""
    return str(cell) if cell is not None and NUMBER.fullmatch(str(cell)) else "null"


def _value(cell: str | None) -> str:
    """A moment is a text."""
    number = _number(cell)
    return json.dumps(cell) if number == "null" and cell is not None and _MOMENT.match(cell) else number


def _status(cell: str | None) -> str:
    """A status of bits is the number that they make."""
    return str(int(cell, 2)) if cell is not None and _BITS.fullmatch(cell) else _number(cell)
