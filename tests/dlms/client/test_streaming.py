"""Profiles: released as soon as they are authenticated, cut into slices if they are not, close to the line's speed."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from agent.dlms import (
    AssociationSettings,
    AttributeDescriptor,
    ClientAccess,
    ClientSession,
    Conformance,
    Mechanism,
    Opened,
    RowsEnd,
    ServerSession,
    ServerSettings,
)
from agent.dlms.axdr.coding import encode
from agent.dlms.cosem.selection import EntryDescriptor, RangeDescriptor
from agent.dlms.security.settings import SecuritySettings
from agent.dlms.security.wrapping import ApduWrapping, WrappingKind
from agent.dlms.xdlms.initiate import SERVICES
from agent.domain.errors import NoAnswer
from agent.simulator.profile import Compression
from tests.dlms.conversation import Counting
from tests.dlms.virtual_line import BUFFER, COLUMNS, LAST_ROW, VirtualLine, fetch_profile, profile_meter

ROWS, QUARTER = 2880, timedelta(minutes=15)
OURS = SecuritySettings(b"EPL\0\0\0\0\1", bytes(16), bytes(range(16)))
GENERAL = SERVICES | Conformance.GENERAL_BLOCK_TRANSFER | Conformance.GENERAL_PROTECTION


def test_the_profile_is_the_one_that_was_measured() -> None:
    sizes = {Compression.NONE: 80_648, Compression.COMPACT: 63_374, Compression.DELTA: 23_068}
    for compression, octets in sizes.items():
        data = profile_meter(compression).rows.select(None)
        assert not isinstance(data, int)
        assert len(encode(data)) + 4 == octets, "with the head of its GET.response"


@pytest.mark.parametrize(
    ("info", "window", "compression", "seconds"),
    [
        (128, 1, Compression.NONE, 136.5),
        (128, 7, Compression.NONE, 98.2),
        (1024, 7, Compression.NONE, 86.4),
        (2030, 7, Compression.NONE, 85.5),
        (2030, 7, Compression.COMPACT, 67.5),
        (2030, 7, Compression.DELTA, 26.0),
    ],
)
def test_close_to_the_wires_limit(info: int, window: int, compression: Compression, seconds: float) -> None:
    fetched = fetch_profile(info, window, compression)
    assert fetched.rows == ROWS
    assert fetched.seconds <= seconds


@pytest.mark.slow
def test_one_frame_in_a_hundred_lost_costs_a_tenth_at_most() -> None:
    whole = fetch_profile(1024, 7)
    lossy = [fetch_profile(1024, 7, loss=0.01, seed=seed) for seed in range(200)]
    assert all(fetched.rows == ROWS for fetched in lossy)
    assert sum(fetched.seconds for fetched in lossy) / len(lossy) <= 1.1 * whole.seconds


def session(
    security: SecuritySettings | None, conformance: Conformance, max_pdu: int, compression: Compression
) -> tuple[VirtualLine, list[tuple[int, float]]]:
    """A line with an open association, and how many rows came when."""
    meter = profile_meter(compression)
    if security:
        theirs = replace(OURS, system_title=b"CRM\0\0\0\0\1")
        meter.management = ClientAccess(Mechanism.NONE, security=theirs)
    sap = 1 if security else 16
    client = AssociationSettings(
        client_sap=sap, security=security, max_info=1024, window=3, max_pdu=max_pdu, conformance=conformance
    )
    server = ServerSettings(max_info=1024, window=3, max_pdu=65535, conformance=conformance)
    came: list[tuple[int, float]] = []
    line = VirtualLine(
        ClientSession(client, Counting(), Random(1).randbytes),
        ServerSession(server, meter, Counting(), Random(2).randbytes),
        take=lambda rows, now: came.append((len(rows), now)),
    )
    line.run(line.client.open, Opened)
    return line, came


def read(line: VirtualLine, part: AttributeDescriptor = BUFFER) -> None:
    line.run(lambda now, deadline: line.client.rows(part, len(COLUMNS), now, deadline), RowsEnd)


@pytest.mark.parametrize("compression", Compression)
def test_unciphered_rows_come_frame_by_frame(compression: Compression) -> None:
    line, came = session(None, SERVICES, 65535, compression)
    read(line)
    assert sum(count for count, _ in came) == ROWS
    assert max(count for count, _ in came) <= 1024 // 8, "no more than a frame holds"
    assert came[0][1] < 2.0, "the first with the first frame"


def test_ciphered_rows_come_block_by_block() -> None:
    line, came = session(OURS, SERVICES, 2000, Compression.NONE)
    read(line)
    assert sum(count for count, _ in came) == ROWS
    assert max(count for count, _ in came) <= 2000 // 28 + 1
    assert came[0][1] < 4.0, "the first with the first block"


def test_what_one_tag_covers_comes_at_its_end_and_so_in_slices() -> None:
    security = replace(OURS, wrapping=ApduWrapping(WrappingKind.GENERAL_CIPHERING))
    line, came = session(security, GENERAL, 2000, Compression.NONE)
    begin = line.now
    for number in range(3):
        first = LAST_ROW - timedelta(hours=6 * (3 - number))
        hours = RangeDescriptor(first, first + timedelta(hours=6) - QUARTER)
        read(line, AttributeDescriptor(7, BUFFER.obis, 2, hours.access()))
    assert [count for count, _ in came] == [24, 24, 24], "each slice when its tag is right"
    assert came[0][1] - begin < (line.now - begin) / 2


def test_a_lost_link_loses_no_row_that_was_released() -> None:
    line, came = session(None, SERVICES, 65535, Compression.NONE)
    kept = line._answer
    seen = [0]

    def cut(answer: bytes) -> None:
        seen[0] += 1
        if seen[0] <= 20:
            kept(answer)

    line._answer = cut  # type: ignore[method-assign]
    with pytest.raises(NoAnswer):
        read(line)
    got = sum(count for count, _ in came)
    assert got > 20 * 3 * 1000 // 28 - 120, "all but the frames that were lost"


def test_memory_stays_small_whatever_the_length() -> None:
    line, _ = session(None, SERVICES, 0, Compression.NONE)
    profile = line.server._device.rows  # type: ignore[attr-defined]
    assert len(encode(profile.select(None))) > 80_000
    peaks: list[int] = []

    def measured(rows: tuple[tuple[Any, ...], ...], _now: float) -> None:
        peaks.append(len(line.client._channel._assembly._parts) + len(rows))

    line.take = measured
    read(line)
    assert max(peaks) < 200, "nothing is collected"


def test_entries_and_columns() -> None:
    line, _ = session(None, SERVICES, 65535, Compression.NONE)
    got: list[tuple[object, ...]] = []
    line.take = lambda rows, _now: got.extend(rows)
    part = AttributeDescriptor(7, BUFFER.obis, 2, EntryDescriptor(5, 7, 3, 4).access())
    line.run(lambda now, deadline: line.client.rows(part, 2, now, deadline), RowsEnd)
    assert len(got) == 3 and all(len(row) == 2 for row in got)
    by_range = RangeDescriptor(LAST_ROW - timedelta(hours=1), LAST_ROW, (COLUMNS[2],))
    got.clear()
    part = AttributeDescriptor(7, BUFFER.obis, 2, by_range.access())
    line.run(lambda now, deadline: line.client.rows(part, 1, now, deadline), RowsEnd)
    assert len(got) == 5
